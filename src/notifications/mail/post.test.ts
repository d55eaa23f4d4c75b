import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { Secret } from '../../secret.ts'
import { createMailPost } from './post.ts'
import { letterOf } from './text.ts'

type Got = { readonly from: string; readonly to: readonly string[]; readonly text: string; readonly user: string }
const servers: SMTPServer[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise<void>((done) => server.close(done)))))

/** A real mail server, that keeps what it is told. */
async function mailServer(refuses = false): Promise<{ port: number; got: Got[] }> {
  const got: Got[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    onAuth: ({ username = '' }, _session, answer) => answer(null, { user: username }),
    onData: (stream, session, answer) => {
      let text = ''
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      stream.on('end', () => {
        if (refuses) return answer(Object.assign(new Error('mailbox full'), { responseCode: 452 }))
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom ? mailFrom.address : ''
        got.push({ from, to: rcptTo.map(({ address }) => address), text, user: String(session.user ?? '') })
        return answer()
      })
    },
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { port: (server.server.address() as AddressInfo).port, got }
}
const letter = (title: string, name = 'Ada') =>
  letterOf(
    { email: 'ada@example.com', name, organization: 'Acme' },
    [{ organizationId: 'org_1', id: 'ntf_1', memberId: 'mem_1', title, body: 'Rotate it.', at: 0, attempts: 1 }],
    'Ostiary <keys@example.com>',
  )

test('a letter reaches a real mail server, with who sends it and the name under which it is sent again', async () => {
  const { port, got } = await mailServer()
  const url = new Secret(`smtp://keeper:p%40ss@127.0.0.1:${port}`)
  await createMailPost({ url, from: 'Ostiary <keys@example.com>' })(letter('CI bot ends soon'))
  expect(got).toHaveLength(1)
  expect(got[0]).toMatchObject({ from: 'keys@example.com', to: ['ada@example.com'], user: 'keeper' })
  expect(got[0]?.text).toContain('Subject: [Acme] CI bot ends soon')
  expect(got[0]?.text).toContain('Message-ID: <ntf_1.1@example.com>')
  expect(got[0]?.text).toContain('Auto-Submitted: auto-generated')
  expect(got[0]?.text).toContain('Rotate it.')
})

test('a name with line breaks adds neither a header nor a receiver', async () => {
  const { port, got } = await mailServer()
  const post = createMailPost({ url: new Secret(`smtp://127.0.0.1:${port}`), from: 'keys@example.com' })
  await post(letter('CI\r\nBcc: eve@example.com\r\n\r\nbot', 'Ada\r\nBcc: eve@example.com'))
  expect(got[0]?.to).toEqual(['ada@example.com'])
  expect(got[0]?.text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im)
})

test('a server that refuses is an error, so that it is tried again', async () => {
  const { port } = await mailServer(true)
  const post = createMailPost({ url: new Secret(`smtp://127.0.0.1:${port}`), from: 'keys@example.com' })
  await expect(post(letter('CI bot'))).rejects.toThrow()
})

test('G6 why a mail was not sent repeats nothing of what a server says: it may be our password', async () => {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authMethods: ['PLAIN'],
    onAuth: ({ username, password }, _session, answer) => {
      const sent = Buffer.from(`\0${username}\0${password}`).toString('base64')
      answer(new Error(`no such login: ${username} ${password} ${sent}`))
    },
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.server.address() as AddressInfo
  const url = new Secret(`smtp://keeper:hidden-word@127.0.0.1:${port}`)
  const failure = await createMailPost({ url, from: 'keys@example.com' })(letter('CI bot')).catch((error) => error)
  expect(failure).toEqual(new Error('The mail server answered 535 at AUTH PLAIN (EAUTH)'))
  expect(failure.cause).toBeUndefined()
})
