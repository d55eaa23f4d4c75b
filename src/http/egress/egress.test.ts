import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { embeddedIn, kindOf } from './address.ts'
import { type Address, EgressRefused, judgedLookup } from './lookup.ts'
import { problemOfAddress, problemOfHost, type Reach } from './reach.ts'

const nowhere: Reach = { networks: [], loopback: false }
const home: Reach = { networks: [], loopback: true }
const reaching = (...networks: string[]): Reach => ({ networks, loopback: false })
const everywhere = reaching('0.0.0.0/0', '::/0')

describe('an address', () => {
  test.each([
    ['8.8.8.8', 'public'],
    ['100.63.255.255', 'public'],
    ['172.32.0.1', 'public'],
    ['198.20.0.1', 'public'],
    ['2606:4700::1111', 'public'],
    ['64:ff9b::808:808', 'public'],
    ['2002:808:808::1', 'public'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['198.18.0.1', 'private'],
    ['203.0.113.9', 'private'],
    ['::ffff:10.1.2.3', 'private'],
    ['::FFFF:0a01:0203', 'private'],
    ['64:ff9b::a01:203', 'private'],
    ['64:ff9b::10.1.2.3', 'private'],
    ['64:ff9b:1::808:808', 'private'],
    ['2002:a01:203::1', 'private'],
    ['2606:4700::5efe:10.1.2.3', 'private'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fec0::1', 'private'],
    ['feff::1', 'private'],
    ['2001:db8::1', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.255.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['0.0.0.0', 'never'],
    ['0.1.2.3', 'never'],
    ['::', 'never'],
    ['::ffff:0.0.0.0', 'never'],
    ['::127.0.0.1', 'never'],
    ['::10.1.2.3', 'never'],
    ['::8.8.8.8', 'never'],
    ['::ffff:0:10.1.2.3', 'never'],
    ['64:ff9b::127.0.0.1', 'never'],
    ['64:ff9b::169.254.169.254', 'never'],
    ['64:ff9b:1::169.254.169.254', 'never'],
    ['2002:7f00:1::1', 'never'],
    ['2002:a9fe:a9fe::1', 'never'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'never'],
    ['169.254.169.254', 'never'],
    ['169.254.170.2', 'never'],
    ['100.100.100.200', 'never'],
    ['168.63.129.16', 'never'],
    ['192.0.0.192', 'never'],
    ['fd00:ec2::254', 'never'],
    ['fd20:ce::254', 'never'],
    ['fe80::1', 'never'],
    ['fe80::1%eth0', 'never'],
    ['febf::1', 'never'],
    ['ff02::1', 'never'],
    ['224.0.0.1', 'never'],
    ['240.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
    ['100::1', 'never'],
    ['5f00::1', 'never'],
    ['4000::1', 'never'],
    ['localhost', 'never'],
    ['', 'never'],
  ] as const)('%s is %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind)
  })

  test('an IPv4 address is judged alike in every form that it has inside IPv6', () => {
    const v4 = fc.ipV4()
    fc.assert(
      fc.property(v4, (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
        const words = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
        const kind = kindOf(address)
        expect(kindOf(`::ffff:${words}`)).toBe(kind)
        const around = kind === 'loopback' ? 'never' : kind
        for (const form of [`64:ff9b::${words}`, `2002:${words}::1`, `2606:4700::5efe:${words}`]) {
          expect(embeddedIn(form), form).toBe(`${a}.${b}.${c}.${d}`)
          expect(kindOf(form), form).toBe(around)
        }
      }),
    )
  })

  test('no text makes the judgement fail', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        expect(['public', 'private', 'loopback', 'never']).toContain(kindOf(text))
        const said = problemOfAddress(text, everywhere)
        expect(said === null || said.endsWith('.')).toBe(true)
      }),
    )
  })
})

describe('what an organization may reach', () => {
  test('a private address is refused with its network’s way out, and allowed where it is listed', () => {
    const problem = problemOfAddress('10.1.2.3', nowhere)
    expect(problem).toBe(
      "10.1.2.3 is a private address: add its network to the organization's privateNetworks, `ostiary policies set --private-networks NETWORK,…`.",
    )
    expect(problemOfAddress('10.1.2.3', reaching('10.1.0.0/16'))).toBeNull()
    expect(problemOfAddress('10.2.2.3', reaching('10.1.0.0/16'))).not.toBeNull()
    expect(problemOfAddress('::ffff:10.1.2.3', reaching('10.0.0.0/8'))).toBeNull()
    expect(problemOfAddress('10.1.2.3', reaching('::ffff:10.0.0.0/104'))).toBeNull()
    expect(problemOfAddress('64:ff9b::10.1.2.3', reaching('10.0.0.0/8'))).toBeNull()
    expect(problemOfAddress('10.9.9.9', reaching('10.1.2.3/8'))).toBeNull()
    expect(problemOfAddress('fd12::1', reaching('fd12::/16'))).toBeNull()
    expect(problemOfAddress('fec0::1', reaching('fec0::/10'))).toBeNull()
    expect(problemOfAddress('10.1.2.3', reaching('no network', '10.0.0.0/33', '/8'))).not.toBeNull()
  })

  test('this machine is open under `serve`, and elsewhere to who lists it in either of its two forms', () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(problemOfAddress(address, home), address).toBeNull()
      expect(problemOfAddress(address, nowhere), address).toContain('this machine itself')
      expect(problemOfAddress(address, reaching('127.0.0.0/8')), address).toBeNull()
      expect(problemOfAddress(address, reaching('::1/128')), address).toBeNull()
    }
    expect(problemOfAddress('127.0.0.5', reaching('127.0.0.1/32'))).not.toBeNull()
    expect(problemOfAddress('10.1.2.3', home)).not.toBeNull()
  })

  test.each([
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::254',
    'fe80::1',
    '0.0.0.0',
    '224.0.0.1',
  ])('%s stays closed although a list names it', (address) => {
    expect(problemOfAddress(address, { ...everywhere, loopback: true })).toContain('never called')
    const own = reaching(`${address}/${address.includes(':') ? 128 : 32}`)
    expect(problemOfAddress(address, own)).toContain('never called')
  })

  test.each([
    'http://127.0.0.1/',
    'http://127.0.0.1./',
    'http://127.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0x7f.0.0.1/',
    'http://0x7f000001/',
    'http://%31%32%37.0.0.1/',
    'http://１２７.０.０.１/',
    'http://[::1]/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/',
    'http://localhost/',
    'http://LOCALHOST/',
    'http://localhost./',
    'http://a.localhost/',
    'http://a.b.localhost./',
    'https://10.1.2.3/',
    'https://167838211/',
    'https://0xa010203/',
    'https://[::ffff:a01:203]/',
    'https://[64:ff9b::a01:203]/',
    'https://[2002:a01:203::1]/',
    'https://[fec0::1]/',
    'https://[::10.1.2.3]/',
    'https://0.0.0.0/',
    'https://0/',
    'https://169.254.169.254/',
    'https://[::ffff:169.254.169.254]/',
  ])('%s is refused by its text', (text) => {
    expect(problemOfHost(new URL(text), nowhere)).not.toBeNull()
  })

  test.each([
    'https://mcp.example.com/',
    'https://8.8.8.8/',
    'http://localhost.example.com/',
    'http://127.0.0.1.nip.io/',
  ])('%s is left to what its name stands for', (text) => {
    expect(problemOfHost(new URL(text), nowhere)).toBeNull()
  })
})

describe('a name', () => {
  const undo: (() => void)[] = []
  afterEach(() => {
    for (const step of undo.splice(0)) step()
  })
  const listen = async (): Promise<number> => {
    const server = createServer((_request, response) => void response.end('hi'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    undo.push(() => void server.close())
    return (server.address() as AddressInfo).port
  }
  const v4 = (address: string): Address => ({ address, family: 4 })
  const dial = (port: number, reach: Reach, ...answers: Address[][]) => {
    const asked: string[] = []
    const lookUp = async (name: string) => {
      asked.push(name)
      return answers[Math.min(asked.length, answers.length) - 1] ?? []
    }
    const lookup = judgedLookup(lookUp, (address) => problemOfAddress(address, reach))
    const once = () =>
      new Promise<string | null>((resolve) => {
        const socket = connect({ port, host: 'mcp.example.com', lookup })
        undo.push(() => socket.destroy())
        socket.on('connect', () => resolve(socket.remoteAddress ?? null))
        socket.on('error', (error) => resolve(error instanceof EgressRefused ? error.message : String(error)))
      })
    return { once, asked }
  }

  test('leads to nothing but the addresses that were judged, by one look for each connection', async () => {
    const port = await listen()
    const { once, asked } = dial(port, home, [v4('127.0.0.1')])
    expect(await once()).toBe('127.0.0.1')
    expect(asked).toEqual(['mcp.example.com'])
  })

  test('a name that is public first and private later is refused the second time', async () => {
    const port = await listen()
    const { once } = dial(port, reaching('127.0.0.1/32'), [v4('127.0.0.1')], [v4('10.1.2.3')])
    expect(await once()).toBe('127.0.0.1')
    expect(await once()).toContain('10.1.2.3 is a private address')
  })

  test('one private address among several refuses all of them', async () => {
    const port = await listen()
    for (const bad of ['10.1.2.3', '169.254.169.254', '::ffff:192.168.0.1', 'fec0::1'])
      expect(await dial(port, home, [v4('127.0.0.1'), { address: bad, family: 6 }]).once()).toMatch(/private|never/)
    expect(await dial(port, nowhere, [v4('8.8.8.8'), v4('127.0.0.1')]).once()).toContain('this machine itself')
  })

  test('a name without an address, or that nobody knows, is an error and not a call', async () => {
    const port = await listen()
    expect(await dial(port, home, []).once()).toContain('no address')
    const lookup = judgedLookup(
      () => Promise.reject(new Error('getaddrinfo ENOTFOUND')),
      () => null,
    )
    const failed = await new Promise((resolve) => connect({ port, host: 'x.example', lookup }).on('error', resolve))
    expect(String(failed)).toContain('ENOTFOUND')
  })
})
