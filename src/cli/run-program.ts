import { type Command, CommanderError } from 'commander'
import { exit } from './exit.ts'

/** Parses and runs; what commander calls an error is wrong usage, what it calls help is not. */
export async function runProgram(program: Command, argv: readonly string[], code: () => number): Promise<number> {
  try {
    await program.parseAsync([...argv])
    return code()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exit.done : exit.usage
  }
}
