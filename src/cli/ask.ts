import { createInterface } from 'node:readline/promises'

/** A question on the terminal; null where nobody can answer it. Whoever leaves instead has said nothing. */
export function createAsk(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
  if (!input.isTTY || !output.isTTY) return null
  return async (question: string): Promise<string> => {
    const lines = createInterface({ input, output })
    try {
      return await Promise.race([
        lines.question(question),
        new Promise<string>((resolve) => lines.once('close', () => resolve(''))),
      ])
    } catch {
      // Ctrl-C.
      return ''
    } finally {
      lines.close()
    }
  }
}
