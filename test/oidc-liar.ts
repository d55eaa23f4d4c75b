import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

type Answering = (request: IncomingMessage, response: ServerResponse) => void
export type Liar = Awaited<ReturnType<typeof startLiar>>

const json = (response: ServerResponse, body: unknown): void =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An identity provider that says whatever a test wants it to; what it is asked for is kept. */
export async function startLiar() {
  const keys = { own: await generateKeyPair('RS256', { extractable: true }), foreign: await generateKeyPair('RS256') }
  const jwk = { ...(await exportJWK(keys.own.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const asked: { readonly path: string; readonly body: string }[] = []
  const answers = new Map<string, Answering>()
  let [metadata, token] = [{} as object, '']
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    const parts: Buffer[] = []
    request.on('data', (chunk: Buffer) => parts.push(chunk))
    request.on('end', () => {
      asked.push({ path, body: Buffer.concat(parts).toString() })
      const special = answers.get(path)
      if (special) special(request, response)
      else if (path === '/.well-known/openid-configuration') json(response, { ...usual(), ...metadata })
      else if (path === '/jwks') json(response, { keys: [jwk] })
      else if (path === '/token') json(response, { access_token: 'a', token_type: 'Bearer', id_token: token })
      else response.writeHead(404).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const usual = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  })
  const seconds = Math.floor(Date.now() / 1000)
  const truth = (nonce: string): JWTPayload => ({
    ...{ iss: issuer, aud: 'ostiary', sub: 'liar', nonce, iat: seconds, exp: seconds + 300 },
    ...{ email: 'ada@example.com', email_verified: true },
  })
  return {
    issuer,
    asked,
    truth,
    says: (more: object): void => {
      metadata = more
    },
    /** Answers one path in another way; null: as usual again. */
    answers: (path: string, answering: Answering | null): void =>
      void (answering ? answers.set(path, answering) : answers.delete(path)),
    /** The ID token that it hands out next. */
    tokens: {
      signed: async (claims: JWTPayload, key: 'own' | 'foreign' = 'own'): Promise<void> => {
        const signing = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' })
        token = await signing.sign(keys[key].privateKey)
      },
      unsigned: (claims: JWTPayload): void => {
        token = `${part({ alg: 'none' })}.${part(claims)}.`
      },
      /** As if the public key, or the secret of the client, were a key to sign with. */
      symmetric: (claims: JWTPayload, secret: string): void => {
        const text = `${part({ alg: 'HS256', kid: 'one' })}.${part(claims)}`
        token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
      },
      publicKey: JSON.stringify(jwk),
    },
    /** Honest again. */
    reset: (): void => {
      answers.clear()
      asked.length = 0
      metadata = {}
    },
    stop: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
