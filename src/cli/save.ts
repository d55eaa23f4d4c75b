import { type Answer, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'

type Download = (take: (chunk: string) => void) => Promise<Answer<null>>

/** Text of any size: to stdout, or into a new file that only its owner reads. Half of one is said to be half. */
export async function saved(
  terminal: Terminal,
  path: string | undefined,
  download: Download,
  style: Style,
): Promise<Exit> {
  const file = path === undefined ? null : created(terminal, path)
  if (file === undefined)
    return printFailure(terminal, usage(`${path} cannot be made: is there one already, or no such folder?`), style)
  let characters = 0
  const done = await download((chunk) => {
    characters += chunk.length
    if (file) terminal.progress(`${Math.round(characters / 1000)} kB`)
    ;(file?.write ?? terminal.out)(chunk)
  })
  terminal.progress(null)
  file?.close()
  if (done.ok) return exit.done
  if (characters > 0) terminal.err(`Not complete: it ended after ${characters} characters.\n`)
  return printFailure(terminal, done, style)
}

function created({ createFile }: Terminal, path: string) {
  try {
    return createFile(path)
  } catch {
    return undefined
  }
}
