/** As many fields as an entry may have would not fit on the stack: they are one list, which ioredis unfolds. */
export type XaddArguments = [key: string, ...(string | number | readonly string[])[]];
