import { randomBytes } from 'node:crypto'
import { decide } from '../src/access/decide.ts'
import { isFresh, stalenessOf } from '../src/fleet/freshness.ts'
import { createAccessLog } from '../src/gateway/access-log.ts'
import type { Answer } from '../src/gateway/answer.ts'
import { authenticate, type Caller, createProof } from '../src/gateway/authenticate.ts'
import { createBackings } from '../src/gateway/backing.ts'
import { nothingReserved } from '../src/gateway/budgets/budgets.ts'
import { carryOut } from '../src/gateway/duties.ts'
import { type Incoming, noFacts } from '../src/gateway/incoming.ts'
import { nothingHeld } from '../src/gateway/limits/limits.ts'
import { parseMessage } from '../src/gateway/mcp/message.ts'
import { createPins } from '../src/gateway/pins.ts'
import { subjectOf } from '../src/gateway/subject.ts'
import { createLog } from '../src/observe/log.ts'
import { createRedact } from '../src/observe/redact.ts'
import { createSink } from '../src/observe/sink.ts'
import { ok } from '../src/problems.ts'
import { Secret } from '../src/secret.ts'
import { median } from './median.ts'
import { payingOfCalls } from './paying.ts'
import { callBody, callHeaders } from './rounds.ts'
import { openBenchSpool } from './spool.ts'
import { table } from './table.ts'
import { createWorld, type World } from './world.ts'

/**
 * What each of the checks costs by itself, in µs of CPU: the functions that the gateway runs, wired as it wires them,
 * over 100,000 keys that are used in no order. The sum is less than what a call pays for them, because here the code
 * is hot; the difference between gateway and bare proxy in the main table is the other bound.
 */
type Part = { readonly name: string; readonly goal: string; readonly run: (turn: number) => unknown }

const now = (): number => Date.now()
const monotonic = (): number => performance.now()

export async function printParts(): Promise<void> {
  const world = createWorld(100_000)
  const spool = await openBenchSpool(monotonic)
  const parts = partsOf(world, spool)
  const costs: number[] = []
  for (const part of parts) costs.push(await cost(part.run))
  await spool.close()
  const rows = parts.map(({ name, goal }, at) => [name, (costs[at] ?? 0).toFixed(2), goal])
  const sum = costs.reduce((total, one) => total + one, 0)
  process.stdout.write(table(['part of all checks', 'CPU µs', 'goal'], [...rows, ['sum', sum.toFixed(2), '10']]))
  const paying = [(await cost(payingOfCalls(true))).toFixed(2), (await cost(payingOfCalls(false))).toFixed(2)]
  const ofModels = ['of a call to a model: limits, budget, metering', 'the same without limits and budget']
  const payingRows = ofModels.map((name, at) => [name, paying[at] ?? '', at === 0 ? '5' : ''])
  process.stdout.write(`\n${table(['beside them', 'CPU µs', 'goal'], payingRows)}`)
  const refusals = refusalsOf(world)
  const refused: [string, string, string][] = []
  for (const { name, goal, run } of refusals) refused.push([name, (await cost(run)).toFixed(2), goal])
  process.stdout.write(`\n${table(['refused before anything else', 'CPU µs', 'goal'], refused)}`)
}

/** Median of nine batches; a batch is long enough that the clock's grain and one collection of garbage do not matter. */
async function cost(run: (turn: number) => unknown): Promise<number> {
  const turns = 20_000
  const batches: number[] = []
  for (let batch = 0; batch < 11; batch += 1) {
    const before = process.cpuUsage()
    for (let turn = 0; turn < turns; turn += 1) {
      const result = run(batch * turns + turn)
      if (result instanceof Promise) await result
    }
    const { user, system } = process.cpuUsage(before)
    // The first two only warm up.
    if (batch > 1) batches.push((user + system) / turns)
    await new Promise((next) => setImmediate(next))
  }
  return median(batches)
}

function gatesOf({ snapshot, prover, attempts }: World) {
  const contact = { monotonic: monotonic(), wall: now() }
  const fresh: Parameters<typeof subjectOf>[0]['isFresh'] = (key) => {
    const organization = key === null ? snapshot.defaultOrganization() : snapshot.organization(key.organization)
    if (organization === null) return false
    const seconds = stalenessOf(organization.record.maxStalenessSeconds, key?.maxStalenessSeconds ?? null)
    return isFresh(contact, { monotonic: monotonic(), wall: now() }, seconds)
  }
  const never = () => {
    throw new Error('nothing of the kind is sent')
  }
  const prove = createProof({
    findKey: snapshot.keyByToken,
    secretsOf: (organization) => snapshot.organization(organization)?.proving ?? null,
    isFresh: fresh,
    prover,
    attempts,
    sightings: { honey: never, browser: never },
    child: never,
    now,
  })
  const proved = authenticate(prove)
  const subject = subjectOf({
    findKeyById: snapshot.key,
    recordsOf: snapshot.recordsOf,
    capsOf: snapshot.capsOf,
    backingOf: createBackings(),
    isFresh: fresh,
    isRevoked: () => false,
    isForUs: () => true,
    pinned: createPins({ snapshot, sightings: { network: never } }).pinned,
    gatewayId: () => 'gwy_0000000000000000',
    now,
  })
  return { proved, subject }
}

const incoming = (authorization: string): Incoming => {
  const headers = { ...callHeaders, host: '127.0.0.1:8420', authorization }
  const request = { headers, rawHeaders: Object.entries(headers).flat(), headersDistinct: {}, url: '/mcp-connect/echo' }
  return {
    // What the checks read of a request; a real one cannot be made without a socket.
    request: request as unknown as Incoming['request'],
    requestId: 'req_0123456789abcdef',
    address: '127.0.0.1',
    isProxy: false,
    startedAt: monotonic(),
    route: 'mcp',
    server: 'echo',
    urlKey: null,
    facts: noFacts(),
  }
}

type Written = Pick<Awaited<ReturnType<typeof openBenchSpool>>, 'write'>

function partsOf(world: World, spool: Written): Part[] {
  const { proved, subject } = gatesOf(world)
  const calls = world.tokens.map((token) => incoming(`Bearer ${token}`))
  const someCall = (turn: number): Incoming => calls[(turn * 7919) % calls.length] ?? incoming('')
  const callers = calls.map((call) => proved(call) as { ok: true; value: Caller })
  const someCaller = (turn: number): Caller =>
    (callers[(turn * 7919) % callers.length] ?? { value: null as never }).value
  const bytes = Buffer.from(callBody)
  const sink = createSink({ fd: -1, later: setImmediate, retry: setImmediate, writeAll: (_, text) => text.length })
  const redact = createRedact([
    new Secret(randomBytes(32).toString('base64url')),
    new Secret(randomBytes(32).toString('base64')),
  ])
  const log = createLog({ level: 'info', write: sink.write, redact }).child({ process: 'gateway' })
  const writeLog = createAccessLog({ log, gatewayId: () => 'gwy_0000000000000000', now, monotonic })
  const answer = { status: 200, code: null, log: undefined } as unknown as Answer
  const duties = carryOut({
    limits: { take: () => ok(nothingHeld), standings: () => [] },
    budgets: { reserve: () => ok(nothingReserved) },
    noting: { open: async () => ok({ place: 0 }), done: (_call, _outcome, _opened, release) => release() },
  })
  const free = { want: null, price: 0 }
  const broken = callers.find((caller) => !caller.ok)
  if (broken) throw new Error(`A key of the measurement was refused: ${JSON.stringify(broken)}`)
  return [
    {
      name: 'key check (token, record, freshness, proof, standing)',
      goal: '3',
      run: presentingOf(world.tokens, calls, proved),
    },
    { name: 'body proof', goal: '3', run: () => parseMessage(bytes, callHeaders) },
    {
      name: 'decision (live record again, server, rights through a team, tools)',
      goal: '2',
      run: (turn) => {
        const caller = someCaller(turn)
        const server = world.snapshot.serverBySlug(caller.key.organization, 'echo')
        const who = subject(caller, '127.0.0.1')
        if (!who.ok) throw new Error(who.problem.code)
        const verdict = decide(who.value, { kind: 'mcp', server, method: 'tools/call', tool: 'echo' }, now())
        if (verdict.kind === 'deny') throw new Error(verdict.rule)
        return verdict
      },
    },
    {
      name: 'duties (a key without limits)',
      goal: '1.5',
      run: (turn) => duties([], { ...free, call: someCall(turn) }),
    },
    { name: 'access log', goal: '2', run: (turn) => writeLog(someCall(turn), answer) },
    { name: 'spool (of 1,000 keys, 16 calls a turn)', goal: '2', run: (turn) => spool.write(someCall(turn % 1000)) },
  ]
}

/** One of ten thousand keys in no order, in a request that has just been read: that is in the processor's cache. */
function presentingOf(tokens: readonly string[], calls: readonly Incoming[], proved: (call: Incoming) => unknown) {
  const just = calls.slice(0, 64)
  const headers = tokens.map((token) => `Bearer ${token}`)
  const at = (just[0]?.request.rawHeaders.indexOf('authorization') ?? -1) + 1
  return (turn: number): unknown => {
    const call = just[turn % just.length] ?? incoming('')
    call.request.rawHeaders[at] = headers[(turn * 7919) % headers.length] ?? ''
    return proved(call)
  }
}

function refusalsOf(world: World): Part[] {
  const { proved } = gatesOf({ ...world, attempts: { blocked: () => 0, failed: () => undefined } as never })
  const organization = world.snapshot.defaultOrganization()
  const [record] = world.records
  if (!organization || !record) throw new Error('the world is empty')
  const wrong = world.wrongSecretFor(record)
  const garbage = incoming(`Bearer ${randomBytes(53).toString('base64url')}`)
  const unknown = incoming(`Bearer ${world.unknownToken()}`)
  const none = incoming('')
  return [
    { name: 'wrong secret for a known id', goal: '10', run: () => proved(incoming(`Bearer ${wrong}`)) },
    { name: 'unknown id, right checksum', goal: '', run: () => proved(unknown) },
    { name: 'no token by grammar', goal: '', run: () => proved(garbage) },
    { name: 'no key', goal: '', run: () => proved(none) },
  ]
}
