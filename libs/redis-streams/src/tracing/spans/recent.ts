/** What is known of so many keys, the latest ones: whatever is never asked for again takes no more memory than that. */
export class Recent<Value> {
  private readonly values = new Map<string, Value>();

  constructor(private readonly most = 1_000) {}

  set(key: string, value: Value): void {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.most) this.values.delete(this.values.keys().next().value!);
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  /** It is asked for once. */
  take(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value !== undefined) this.values.delete(key);
    return value;
  }
}
