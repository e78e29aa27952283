import { createProgram } from '../../libs/redis-streams/src/cli/program.js';

/** The part of docs/command-line.md that the command line's own help tells. */

const BEGIN = '<!-- help -->\n';
const END = '<!-- end -->\n';
const COMMON = 'Common options:\n';

/** The page with the help of every command as it should be, between `<!-- help -->` and `<!-- end -->`. */
export function withHelp(page: string): string {
  const from = page.indexOf(BEGIN) + BEGIN.length;
  const to = page.indexOf(END);
  if (from < BEGIN.length || to < from) throw new Error('The page has no <!-- help --> or no <!-- end -->.');
  return `${page.slice(0, from)}\n${helpOfAll()}\n${page.slice(to)}`;
}

function helpOfAll(): string {
  const { commands } = createProgram('');
  const helps = commands.map((command) => {
    command.configureOutput({ getOutHelpWidth: () => 120, getOutHasColors: () => false });
    return { name: command.name(), help: command.helpInformation() };
  });
  const sections = helps.map(({ name, help }) => section(name, help.replace(commonOf(help), '')));
  return [...sections, section('Options of all commands', commonOf(helps[0]!.help))].join('\n');
}

function section(title: string, help: string): string {
  return `### ${title}\n\n\`\`\`\n${help.trim()}\n\`\`\`\n`;
}

/** The same in every help: told once. */
function commonOf(help: string): string {
  const from = help.indexOf(COMMON);
  return from < 0 ? '' : help.slice(from);
}
