import { type Child, type ChildDeps, type ChildSpec, startChild } from './child.ts'
import { createLink, type Link } from './link.ts'
import { isMembers, membersOf } from './message.ts'
import type { Started } from './pool.ts'
import { createLineRedaction } from './redact.ts'
import { initializeParams, modernVersion, type Profile } from './versions.ts'

export type StartDeps = ChildDeps & {
  readonly startMs: number
  /** Shorter: a legacy server may never answer a question that it does not know, and a client waits for it. */
  readonly eraProbeMs: number
  readonly turnWaitMs: number
  readonly software: string
  /** A child that ended by itself, with what it said last; not told for those that we stopped. */
  readonly onCrash: (why: string) => void
  readonly onGone: (link: Link) => void
}

/**
 * Starts a child and greets it. Era is found out with a child of its own: a legacy server may end itself on an unknown
 * first request (rmcp does), and that must not be the one that others work with.
 */
export const startUpstream = (
  deps: StartDeps,
  spec: ChildSpec,
  profile: Profile,
): { started: Promise<Started>; stop: () => Promise<void> } => {
  let child: Child | null = null
  let why = ''
  let stopped = false
  let isGreeted = false
  const link = createLink(
    {
      send: (text) => child?.send(text) ?? false,
      turnWaitMs: deps.turnWaitMs,
      onNoise: (line) => deps.log.debug({ server: spec.label, bytes: line.length }, 'stdio line is not JSON-RPC'),
    },
    profile,
  )
  const clean = createLineRedaction(spec.env)
  child = startChild(deps)(spec, {
    onLine: (line) => link.receive(clean(line)),
    onGone: (reason) => {
      why = reason
      // A server that ends itself over a revision that it does not know is as well as it was.
      if (!stopped && (isGreeted || profile !== 'modern')) deps.onCrash(reason)
      deps.onGone(link)
    },
  })
  const running = child
  const stop = () => {
    stopped = true
    const gone = running.stop()
    deps.onGone(link)
    return gone
  }
  const started = greet(deps, link, profile).then(
    (greeting): Started => {
      isGreeted = true
      return { ok: true, upstream: { link, greeting, lastWords: running.lastWords, stop } }
    },
    (error: unknown): Started => failureOf(error, why, running.lastWords(), profile),
  )
  return { started, stop }
}

const greet = async (deps: StartDeps, link: Link, profile: Profile): Promise<unknown> => {
  if (profile === 'modern') {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': modernVersion,
      'io.modelcontextprotocol/clientInfo': { name: 'ostiary', version: deps.software },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const found = await link.ask('server/discover', { _meta: meta }, Math.min(deps.startMs, deps.eraProbeMs))
    const versions = membersOf(found)['supportedVersions']
    if (!Array.isArray(versions) || !versions.includes(modernVersion)) throw new Error('refused server/discover')
    return found
  }
  const result = await link.ask('initialize', initializeParams(profile, deps.software), deps.startMs)
  if (!isMembers(result) || typeof result['protocolVersion'] !== 'string') throw new Error('refused initialize')
  link.tell('notifications/initialized')
  return result
}

const failureOf = (error: unknown, end: string, words: string, profile: Profile): Started => {
  if (profile === 'modern') return { ok: false, failure: { kind: 'wrong-era' } }
  if (end !== '') return { ok: false, failure: { kind: 'unreachable', why: end } }
  const message = error instanceof Error ? error.message : String(error)
  const why = words === '' ? message : `${message}: ${words}`
  return { ok: false, failure: { kind: message.endsWith('in time') ? 'timeout' : 'unreachable', why } }
}
