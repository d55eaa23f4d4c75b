import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeAt } from './factor-rig.ts'
import { type Json, type Product, startProduct } from './product.ts'
import { eventually, startNode } from './programs.ts'

/** The whole product on SQLite, a real mail server, and the command of the host beside the running control. */
let product: Product
let mail: SMTPServer
const letters: { readonly to: string; readonly text: string }[] = []

beforeAll(async () => {
  mail = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, { envelope }, answer) => {
      let text = ''
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      stream.on('end', () => {
        // Long lines come folded (RFC 2045 §6.7).
        letters.push({ to: envelope.rcptTo[0]?.address ?? '', text: text.replaceAll('=\r\n', '') })
        answer()
      })
    },
  })
  await new Promise<void>((listening) => mail.listen(0, '127.0.0.1', listening))
  const { port } = mail.server.address() as AddressInfo
  const env = { OSTIARY_SMTP_URL: `smtp://127.0.0.1:${port}`, OSTIARY_MAIL_FROM: 'Ostiary <keys@example.com>' }
  product = await startProduct({ store: 'sqlite', env })
})
afterAll(async () => {
  await product?.stop()
  await new Promise<void>((done) => mail.close(done))
})

const rest = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  fetch(`${product.controlUrl}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const redeem = (code: string, password: string) => rest('POST', '/password-resets/redeem', { code, password })
/** The code in the so-manieth of the letters that hold one. */
const mailedCode = async (to: string, count: number): Promise<string> => {
  const mine = () => letters.filter((letter) => letter.to === to && codeIn(letter.text) !== '')
  await eventually(() => mine().length >= count, 'letter with a link')
  return codeIn(mine()[count - 1]?.text ?? '')
}
const codeIn = (text: string): string => /\/reset#([0-9A-Za-z]{43})/.exec(text)?.[1] ?? ''
const recover = async (more: readonly string[], settings: Record<string, string> = {}) => {
  const env = { OSTIARY_CONTROL_PORT: String(product.ports[1]), ...settings }
  const program = startNode(['src/main.ts', 'members', 'recover', '--data-dir', product.dataDir, ...more], env)
  return { code: await program.ended, output: program.output() }
}

test('a link for a new password comes by mail, from an admin and when it is asked for, and works once', async () => {
  const email = 'ada@example.com'
  const { member } = (await product.rest('POST', '/members', { email })).body
  const made = await product.rest('POST', `/members/${member.id}/password-reset`)
  expect([made.status, made.body.passwordReset.url]).toEqual([201, null])
  const first = await mailedCode(email, 1)
  expect((await redeem(first, 'a lantern of 12 storks')).status).toBe(200)
  expect((await redeem(first, 'a lantern of 12 storks')).status).toBe(404)
  const isTold = () => letters.some(({ to, text }) => to === email && text.includes('Your password was changed'))
  await eventually(isTold, 'letter that tells of it')
  const answers = []
  for (const asked of [email, 'nobody@example.com']) {
    const answer = await rest('POST', '/password-resets', { email: asked })
    answers.push([answer.status, await answer.text()])
  }
  expect(answers).toEqual([
    [202, '{}'],
    [202, '{}'],
  ])
  expect((await redeem(await mailedCode(email, 2), 'a lantern of 14 storks')).status).toBe(200)
  expect(letters.filter(({ to }) => to === 'nobody@example.com')).toEqual([])
})

test('G7 an owner who is locked out comes in by a link of the host, while control runs, and sets up a second factor', async () => {
  const { code, output } = await recover(['--quiet'])
  expect([code, output]).toEqual([0, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/reset#[0-9A-Za-z]{43}\n$/)])
  expect(output).toContain(`${product.controlUrl}/reset#`)
  const redeemed = await redeem(codeIn(output), 'a lantern of 16 storks')
  const answer: Json = await redeemed.json()
  expect(answer).toMatchObject({ session: { method: 'recovery' }, member: { role: 'owner' } })
  const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const signedIn = { cookie: cookieOf(redeemed), 'ostiary-csrf': answer.csrfToken }
  expect((await rest('GET', '/me', undefined, signedIn)).status).toBe(200)
  const made: Json = await (await rest('POST', '/me/second-factor', {}, signedIn)).json()
  const confirmed = await rest('POST', '/me/second-factor/confirm', { code: codeAt(made.secret, Date.now()) }, signedIn)
  const { recoveryCodes }: Json = await confirmed.json()
  expect(recoveryCodes).toHaveLength(10)
  expect((await rest('GET', '/me', undefined, { cookie: cookieOf(confirmed) })).status).toBe(200)
  expect((await rest('GET', '/me', undefined, signedIn)).status).toBe(401)
  const events = () => product.rest('GET', '/audit-events?action=member.recovered')
  await eventually(async () => (await events()).body.items.length === 1, 'event in the chain')
  expect((await events()).body.items[0]).toMatchObject({ actor: { kind: 'system', name: 'host' } })
  // Nobody reads a secret in the log of the process.
  for (const secret of [codeIn(output), made.secret, answer.csrfToken, 'a lantern'])
    expect(product.logs()).not.toContain(secret)
})

test('a wrong directory, a wrong master key and a wrong organization each end with one sentence and its code', async () => {
  const wrong = await Promise.all([
    recover(['--data-dir', '/nowhere']),
    recover([], { OSTIARY_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }),
    recover(['--organization', 'nowhere', '--json']),
  ])
  expect(wrong.map(({ code }) => code)).toEqual([4, 1, 4])
  expect(wrong[0]?.output).toBe('ostiary: There is no database of Ostiary in /nowhere. (not_found)\n')
  expect(wrong[1]?.output).toMatch(/^ostiary: The master key is not the one [^\n]+\n$/)
  expect(JSON.parse(wrong[2]?.output ?? '')).toMatchObject({ code: 'not_found' })
})
