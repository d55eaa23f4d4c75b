import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  constants,
  linkSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { connect as connectSecurely } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { certificates } from './certificates.test.data.ts'
import { createListener, type Listener } from './listen.ts'

const open: Listener[] = []
const folders: string[] = []
afterEach(() => {
  for (const listener of open.splice(0)) listener.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const lines: string[] = []
const log = { info: (_: object, line: string) => lines.push(line), warn: (_: object, line: string) => lines.push(line) }
const deps = { setting: 'OSTIARY_CONTROL', randomBytes, log }
const start = async (handler: RequestListener, tls: { cert: string; key: string } | null = null, port = 0) => {
  const listener = await createListener({ host: '127.0.0.1', port, tls }, handler, deps)
  open.push(listener)
  const { url } = await listener.listen()
  return { listener, url, port: Number(new URL(url).port) }
}
const ask = (url: string, agent?: Agent): Promise<{ answer: IncomingMessage; body: string }> =>
  new Promise((resolve, reject) => {
    get(url, agent ? { agent } : {}, (answer) => {
      text(answer).then((body) => resolve({ answer, body }), reject)
    }).on('error', reject)
  })

test('a port in use is one sentence that names the setting', async () => {
  const { port } = await start((_, answer) => answer.end())
  await expect(start((_, answer) => answer.end(), null, port)).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use by another program. Stop it, or set OSTIARY_CONTROL_PORT to a free port.`,
  )
})

test.runIf(process.platform === 'linux')(
  'several of ours share a port, each gets connections, and nobody else’s port is shared',
  async () => {
    const served = new Set<string>()
    const share = async (name: string, sharing: 'first' | 'joins', port = 0) => {
      const handler: RequestListener = (_, answer) => void answer.end(name)
      const listener = await createListener({ host: '127.0.0.1', port, tls: null, sharing }, handler, deps)
      open.push(listener)
      return Number(new URL((await listener.listen()).url).port)
    }
    const port = await share('one', 'first')
    expect(await share('two', 'joins', port)).toBe(port)
    for (let n = 0; n < 500 && served.size < 2; n++)
      served.add((await ask(`http://127.0.0.1:${port}`, new Agent())).body)
    expect(served).toEqual(new Set(['one', 'two']))
    // Another installation of the same user, which would get every second client.
    await expect(share('three', 'first', port)).rejects.toThrow(/is in use by another program/)
    await expect(start((_, answer) => answer.end(), null, port)).rejects.toThrow(/is in use by another program/)
    const alone = await start((_, answer) => answer.end())
    await expect(share('four', 'joins', alone.port)).rejects.toThrow(/is in use by another program/)
  },
)

test('draining lets the running call finish, says connection: close, and takes nothing new', async () => {
  let finish = () => {}
  const arrived = Promise.withResolvers<void>()
  const { listener, url } = await start((_, answer) => {
    finish = () => answer.end('done')
    arrived.resolve()
  })
  const agent = new Agent({ keepAlive: true })
  const running = ask(url, agent)
  await arrived.promise
  const drained = listener.drain(10)
  await expect(ask(url)).rejects.toThrow(/ECONNREFUSED/)
  finish()
  const { answer, body } = await running
  expect(body).toBe('done')
  expect(answer.headers.connection).toBe('close')
  await drained
  agent.destroy()
})

test('what does not finish in time is cut', async () => {
  const arrived = Promise.withResolvers<void>()
  const { listener, url } = await start(() => arrived.resolve())
  const running = ask(url)
  const cut = expect(running).rejects.toThrow(/socket hang up|ECONNRESET/)
  await arrived.promise
  await listener.drain(0.02)
  await cut
})

test('a call that offers another protocol is answered as it stands, whether or not upgrades are served', async () => {
  for (const serves of [false, true]) {
    const { listener, port } = await start((_, answer) => answer.end('plain'))
    if (serves) listener.server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    const send = async (protocol: string) => {
      const socket = connect(port, '127.0.0.1')
      const head = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\n'
      socket.write(`${head}Upgrade: ${protocol}\r\n\r\n`)
      return (await text(socket)).slice(9, 12)
    }
    expect(await send('h2c')).toBe('200')
    expect(await send('websocket')).toBe(serves ? '101' : '200')
  }
})

test('bytes that are no HTTP request get 400 with a request id and the connection ends', async () => {
  const { port } = await start((_, answer) => answer.end())
  const socket = connect(port, '127.0.0.1')
  socket.write('NONSENSE\r\n\r\n')
  const reply = await text(socket)
  expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nx-request-id: req_[0-9A-Za-z]{16}\r\n/)
})

const nameAt = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    }).on('error', reject)
  })

test('a changed certificate serves new connections, one that does not fit its key leaves the old in place', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ostiary-tls-'))
  folders.push(folder)
  const { first, second } = certificates
  const live = { cert: path.join(folder, 'live.crt'), key: path.join(folder, 'live.key') }
  writeFileSync(live.cert, first.cert)
  writeFileSync(live.key, first.key)
  const { port, url } = await start((_, answer) => answer.end(), live)
  expect(url).toMatch(/^https:/)
  expect(await nameAt(port)).toBe('first')

  writeFileSync(live.cert, second.cert)
  await expect.poll(() => lines.some((line) => line.includes('the old one stays'))).toBe(true)
  expect(await nameAt(port)).toBe('first')
  writeFileSync(live.key, second.key)
  await expect.poll(() => nameAt(port)).toBe('second')
})

test('another file in the folder of the certificate changes nothing, however busy it is, and a renewal is not put off by it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ostiary-tls-'))
  folders.push(folder)
  const { first, second } = certificates
  const live = { cert: path.join(folder, 'live.crt'), key: path.join(folder, 'live.key') }
  writeFileSync(live.cert, first.cert)
  writeFileSync(live.key, first.key)
  lines.length = 0
  const { port } = await start((_, answer) => answer.end(), live)
  const busy = setInterval(() => appendFileSync(path.join(folder, 'ostiary.log'), 'a line\n'), 20)
  try {
    // The same bytes again are no news either.
    writeFileSync(live.cert, first.cert)
    writeFileSync(live.key, second.key)
    await expect.poll(() => lines.length, { timeout: 5000 }).toBe(1)
    writeFileSync(live.cert, second.cert)
    await expect.poll(() => nameAt(port), { timeout: 5000 }).toBe('second')
    writeFileSync(live.key, second.key)
    let looks = 0
    await expect.poll(() => (looks += 1), { interval: 50, timeout: 5000 }).toBeGreaterThan(12)
  } finally {
    clearInterval(busy)
  }
  expect(lines).toEqual(['the changed certificate is not usable, the old one stays', 'certificate loaded anew'])
})

test('a look at the certificate that a slow disk answers last does not bring the old one back', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ostiary-tls-'))
  folders.push(folder)
  const { first, second } = certificates
  const live = { cert: path.join(folder, 'live.crt'), key: path.join(folder, 'live.key') }
  writeFileSync(live.cert, first.cert)
  writeFileSync(live.key, first.key)
  lines.length = 0
  const { port } = await start((_, answer) => answer.end(), live)
  // Whoever reads a pipe waits until somebody has written to it, and whoever opens one to write sees that he waits.
  const [pipe, next] = [path.join(folder, 'pipe'), path.join(folder, 'next.crt')]
  execFileSync('mkfifo', [pipe])
  linkSync(pipe, next)
  renameSync(next, live.cert)
  let slow = -1
  await expect.poll(() => (slow = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))).toBeGreaterThan(0)
  writeFileSync(next, second.cert)
  renameSync(next, live.cert)
  writeFileSync(live.key, second.key)
  await expect.poll(() => nameAt(port)).toBe('second')
  writeSync(slow, first.cert)
  closeSync(slow)
  lines.length = 0
  writeFileSync(live.key, first.key)
  await expect.poll(() => lines).toContain('the changed certificate is not usable, the old one stays')
  expect(await nameAt(port)).toBe('second')
})

/** What a listener writes to these bytes until it ends the connection. */
const told = (port: number, ...pieces: string[]): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  for (const piece of pieces) socket.write(piece)
  return text(socket)
}
const statuses = (reply: string) => [...reply.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)
const call = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('garbage behind calls takes no answer away and adds none, however late they come, and the connection ends', async () => {
  const answers: (() => void)[] = []
  const arrived = Promise.withResolvers<void>()
  const { listener, port } = await start((_, answer) => {
    answers.push(() => answer.end(`answer ${answers.length}`))
    if (answers.length === 2) arrived.resolve()
  })
  const broken = new Promise((resolve) => listener.server.on('clientError', resolve))
  const reply = told(port, `${call}${call}GARBAGE\r\n\r\n`)
  await Promise.all([arrived.promise, broken])
  for (const send of answers) send()
  expect(statuses(await reply)).toEqual(['200', '200'])
  expect(await reply).toMatch(/connection: close\r\n.*answer 2$/is)
})

test('garbage within an answer that has begun ends the connection behind it', async () => {
  const { listener, port } = await start((_, answer) => {
    answer.write('first ')
    listener.server.once('clientError', () => answer.end('last'))
  })
  const reply = await told(port, `${call}GARBAGE\r\n\r\n`)
  expect(statuses(reply)).toEqual(['200'])
  expect(reply).toMatch(/first .*last/s)
})

test('a call whose own body is garbage is told so at once', async () => {
  const { port } = await start(() => {})
  const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
  expect(statuses(await told(port, `${head}no length\r\n`))).toEqual(['400'])
})

test('a call without Host is routed, for the Host check to refuse, and an unknown expectation is answered with an id', async () => {
  const { port } = await start((request, answer) => answer.end(`host ${request.headers.host}`))
  expect(await told(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toContain('host undefined')
  const reply = await told(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\n\r\n')
  expect(reply).toMatch(/^HTTP\/1\.1 417 .*x-request-id: req_[0-9A-Za-z]{16}\r\n/s)
})
