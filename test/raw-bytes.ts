import { connect } from 'node:net'

/** For a machine that is busy with other tests; a listener that does answer is not waited for that long. */
const firstByteMs = 2000

/** Writes exactly these bytes to a listener and reads until it closes, says nothing more for `quietMs`, or hangs. */
export function sendBytes(base: string, text: string, quietMs = 250): Promise<string> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let told = ''
    const settle = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(told)
    }
    let timer = setTimeout(settle, firstByteMs)
    socket.on('data', (chunk) => {
      told += chunk.toString('latin1')
      clearTimeout(timer)
      timer = setTimeout(settle, quietMs)
    })
    socket.on('close', settle)
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? settle() : reject(error)))
    socket.write(Buffer.from(text, 'latin1'))
  })
}

/** Status and problem code of each answer in what a listener wrote. */
export const answersIn = (told: string): { status: number; code: string | null; hasId: boolean }[] =>
  told
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((part) => part.startsWith('HTTP/1.1 '))
    .map((part) => ({
      status: Number(part.slice(9, 12)),
      code: /"code":"(\w+)"/.exec(part)?.[1] ?? null,
      hasId: /^x-request-id: req_\w{16}\r$/im.test(part),
    }))
