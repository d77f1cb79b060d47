import { GatewayError } from "../contract/index.ts";
import { Failure, type Terminal, Usage } from "./terminal.ts";
import { HELP as TYPES_HELP, types } from "./types.ts";

interface Command {
  readonly help: string;
  run(args: readonly string[], terminal: Terminal): Promise<void>;
}

const COMMANDS: Readonly<Record<string, Command>> = { types: { help: TYPES_HELP, run: types } };

const HELP = `headgate: an LLM gateway that runs inside your application.

Usage
  headgate types [options]   write the names of your registry for the editor, so that \`task\` and \`model\` complete
  headgate help types        more of a command

Exit codes
  0  done
  1  it could not be done: the registry is not valid, a file is stale or not ours to write
  2  the command was not understood`;

const wantsHelp = (args: readonly string[]): boolean => args.some((arg) => arg === "--help" || arg === "-h");

/** One command, and its exit code. Never rejects. */
export const run = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  try {
    await dispatch(args, terminal);
    return 0;
  } catch (error) {
    terminal.complain(`headgate: ${wordsOf(error)}`);
    return error instanceof Usage ? 2 : 1;
  }
};

const dispatch = async ([name, ...args]: readonly string[], terminal: Terminal): Promise<void> => {
  if (name === undefined) throw new Usage(`which command?\n\n${HELP}`);
  if (name === "help" || name === "--help" || name === "-h") {
    const about = args[0] === undefined ? HELP : commandOf(args[0]).help;
    return terminal.say(about);
  }
  const command = commandOf(name);
  return wantsHelp(args) ? terminal.say(command.help) : command.run(args, terminal);
};

const commandOf = (name: string): Command => {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command;
  throw new Usage(`there is no command "${name}"; there is ${Object.keys(COMMANDS).join(", ")}. Try headgate --help.`);
};

/** Of a registry every issue on a line of its own; of anything else what it says. */
const wordsOf = (error: unknown): string => {
  if (GatewayError.is(error, "registry_invalid")) {
    const { issues, source = "the registry" } = error.details;
    const lines = issues.map(({ path, message, line, column }) => {
      const place = line === undefined ? source : `${source}:${line}:${column ?? 1}`;
      return `  ${place}  ${path === "" ? "" : `${path}: `}${message}`;
    });
    return `${source} is not a valid registry.\n${lines.join("\n")}`;
  }
  return error instanceof Failure || error instanceof Usage ? error.message : String(error);
};
