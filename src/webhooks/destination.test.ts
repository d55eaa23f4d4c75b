import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Ground, problemOfAddress, problemOfDestination } from './destination.ts'

const ground: Ground = {
  insecureHttp: false,
  ownOrigins: ['https://gateway.example.com', 'https://control.example.com:8443'],
  ownPorts: () => [8420, 8421],
  localAddresses: () => ['127.0.0.1', '::1', '10.1.2.3', 'fe80::1%eth0', '2001:db8::7'],
}
const open: Ground = { ...ground, insecureHttp: true }
const https = new URL('https://hooks.example.org/')

describe('where a webhook may lead', () => {
  test.each([
    'https://hooks.example.org/a?b=c',
    'https://203.0.113.7/hook',
    'https://[2001:db8::1]/hook',
    'https://10.9.9.9/inside-the-network',
    'http://127.0.0.1:9000/hook',
    'http://[::1]:9000/hook',
    'http://localhost:9000/hook',
    'http://hooks.localhost:9000',
    'https://localhost:9000/hook',
  ])('%s is taken', (url) => {
    expect(problemOfDestination(url, ground)).toBeNull()
  })

  test.each([
    ['', 'must be a URL'],
    ['hooks.example.org', 'must be a URL'],
    ['ftp://hooks.example.org/', 'http'],
    ['file:///etc/passwd', 'http'],
    ['https://user:word@hooks.example.org/', 'user name'],
    ['https://hooks.example.org/#part', 'fragment'],
    ['http://hooks.example.org/', 'https://'],
    ['http://10.9.9.9/', 'https://'],
    ['http://localhost.example.org/', 'https://'],
    ['http://127.0.0.1.example.org/', 'https://'],
    ['https://gateway.example.com/hook', 'Ostiary itself'],
    ['https://GATEWAY.example.com:443/hook', 'Ostiary itself'],
    ['https://control.example.com:8443/hook', 'Ostiary itself'],
    ['http://127.0.0.1:8421/api/v1/keys', 'Ostiary itself'],
    ['http://localhost:8420/mcp', 'Ostiary itself'],
    ['http://localhost.:8420/mcp', 'Ostiary itself'],
    ['http://2130706433:8421/', 'Ostiary itself'],
    ['http://0x7f.1:8421/', 'Ostiary itself'],
    ['http://[::ffff:127.0.0.1]:8421/', 'Ostiary itself'],
    ['https://10.1.2.3:8421/', 'Ostiary itself'],
    ['https://[2001:db8::7]:8421/', 'Ostiary itself'],
    ['https://169.254.169.254/latest/meta-data/', 'no webhook'],
    ['https://[fd00:ec2::254]/latest/', 'no webhook'],
    ['https://[fe80::5]/', 'no webhook'],
    ['https://0.0.0.0:9000/', 'no webhook'],
    ['https://[::]:9000/', 'no webhook'],
    ['https://[::ffff:169.254.169.254]/', 'no webhook'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'no webhook'],
    ['https://[2002:a9fe:a9fe::1]/', 'no webhook'],
    ['https://[::169.254.169.254]/', 'no webhook'],
    ['https://2852039166/', 'no webhook'],
    ['https://224.0.0.1/', 'no webhook'],
    ['https://255.255.255.255/', 'no webhook'],
    ['https://100.100.100.200/', 'no webhook'],
  ])('%s is refused', (url, because) => {
    expect(problemOfDestination(url, ground)).toContain(because)
  })

  test('plain http beyond this machine needs the word of the operator, and opens nothing else', () => {
    expect(problemOfDestination('http://hooks.example.org/', open)).toBeNull()
    expect(problemOfDestination('http://10.9.9.9/', open)).toBeNull()
    expect(problemOfDestination('http://169.254.169.254/', open)).toContain('no webhook')
    expect(problemOfDestination('http://localhost:8421/', open)).toContain('Ostiary itself')
  })

  test('a name that stands for a forbidden address is refused by the address', () => {
    expect(problemOfAddress('203.0.113.7', https, ground)).toBeNull()
    expect(problemOfAddress('169.254.169.254', https, ground)).toContain('no webhook')
    expect(problemOfAddress('10.1.2.3', new URL('https://hooks.example.org:8420/'), ground)).toContain('Ostiary itself')
    expect(problemOfAddress('203.0.113.7', new URL('http://localhost:9000/'), ground)).toContain('https://')
    expect(problemOfAddress('no address', https, ground)).toContain('no address')
  })

  test('no spelling of a link-local address gets through, and no text makes the judgement fail', () => {
    const inside = fc.tuple(fc.nat(255), fc.nat(255))
    fc.assert(
      fc.property(inside, fc.constantFrom('https', 'http'), ([a, b], scheme) => {
        const number = ((169 * 256 + 254) * 256 + a) * 256 + b
        const hex = number.toString(16).padStart(8, '0')
        const words = `${hex.slice(0, 4)}:${hex.slice(4)}`
        const spellings = [
          `169.254.${a}.${b}`,
          String(number),
          `0x${hex}`,
          `0${number.toString(8)}`,
          `169.254.${a * 256 + b}`,
          `[::ffff:${words}]`,
          `[64:ff9b::${words}]`,
          `[2002:${words}::${a.toString(16)}]`,
          `[::${words}]`,
        ]
        for (const host of spellings)
          expect(problemOfDestination(`${scheme}://${host}:9000/x`, open), host).toContain('no webhook')
      }),
    )
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.ipV6(), fc.ipV4()), (text) => {
        for (const each of [text, `https://${text}/`, `https://[${text}]/`]) {
          const said = problemOfDestination(each, ground)
          expect(said === null || said.length > 0).toBe(true)
        }
        expect([null, 'string']).toContain(problemOfAddress(text, https, ground) === null ? null : 'string')
      }),
    )
  })
})
