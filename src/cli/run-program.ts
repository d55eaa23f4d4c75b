import { type Command, CommanderError } from 'commander'
import { exit } from './exit.ts'

/** Parses and runs; what commander calls an error is wrong usage, what it calls help is not. */
export async function runProgram(program: Command, argv: readonly string[], code: () => number): Promise<number> {
  for (const command of family(program)) command.configureOutput({ outputError: sayUsage })
  try {
    await program.parseAsync([...argv])
    return code()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exit.done : exit.usage
  }
}

const family = (command: Command): Command[] => [command, ...command.commands.flatMap(family)]

/** In the form of our own refusals, whatever found the slip. */
const sayUsage = (text: string, write: (text: string) => void): void => {
  const [said = '', ...hints] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/\.?$/, '.')
  const more = hints.map((hint) => hint.replace(/^\((.*)\)$/, '$1'))
  write(`ostiary: ${[sentence, ...more].join(' ')} (usage)\n`)
}
