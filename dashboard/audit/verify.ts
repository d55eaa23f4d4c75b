import { createVerifier, type Known, type Report } from './verifier.ts'

export type { Anchor, Finding, Report } from './verifier.ts'

/** How far it has come: events that are right so far, and the part of the export that was read. */
export type Progress = { readonly events: number; readonly part: number }

/** Follows an export as it stands in a file or came from control. Nobody is asked meanwhile. */
export async function verifyExport(file: Blob, known: Known, said: (progress: Progress) => void): Promise<Report> {
  const verifier = createVerifier(known)
  let [read, lines] = [0, 0]
  for await (const line of linesOf(file)) {
    read += line.length + 1
    lines += 1
    if (line !== '' && !(await verifier.take(line))) break
    if (lines % 500 === 0) {
      said({ events: verifier.seq(), part: read / Math.max(1, file.size) })
      await untilPainted()
    }
  }
  return verifier.end()
}

const untilPainted = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** No event is as long; what never ends a line would be held and looked through again with every piece. */
const lineAtMost = 8 * 2 ** 20

async function* linesOf(file: Blob): AsyncIterable<string> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const parts = `${rest}${value ?? ''}`.split('\n')
    rest = parts.pop() ?? ''
    yield* parts
    if (rest.length > lineAtMost) await reader.cancel()
  }
  if (rest !== '') yield rest
}
