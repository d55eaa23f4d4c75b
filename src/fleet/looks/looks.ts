import type { ServerReport } from '../schema.ts'
import type { SetTimer } from '../wire.ts'

/** Who is asked about what. `revision`: an older record may lead elsewhere, and what is said about it is no answer. */
export type Look = {
  readonly organization: string
  readonly server: string
  readonly revision: number
  readonly waitMs: number
}
/** `said` null: the gateway has not answered in time. */
export type Looked = { readonly gateway: string; readonly said: ServerReport | null }

export type Looks = {
  /** By each gateway that was asked. Empty: none is attached. */
  readonly ask: (look: Look) => Promise<readonly Looked[]>
  /** What a gateway says about servers, asked or not. */
  readonly heard: (gatewayId: string, reports: readonly ServerReport[]) => void
}

type Deps = {
  /** Sends the question to every gateway of the organization that is attached; answers which those are. */
  readonly send: (organization: string, server: string) => readonly string[]
  readonly setTimer: SetTimer
}
type Waiting = {
  readonly look: Look
  readonly left: Set<string>
  readonly take: (gateway: string, said: ServerReport) => void
}

/** Questions to gateways how a server is, and their answers: what they report after they were asked. */
export function createLooks({ send, setTimer }: Deps): Looks {
  const waiting = new Set<Waiting>()
  return {
    ask: (look) => {
      const asked = [...new Set(send(look.organization, look.server))]
      const answers = new Map<string, ServerReport>()
      return new Promise((resolve) => {
        const finish = (): void => {
          stop()
          waiting.delete(one)
          resolve(asked.map((gateway) => ({ gateway, said: answers.get(gateway) ?? null })))
        }
        const one: Waiting = {
          look,
          left: new Set(asked),
          take: (gateway, said) => {
            answers.set(gateway, said)
            one.left.delete(gateway)
            if (one.left.size === 0) finish()
          },
        }
        const stop = setTimer(look.waitMs, finish)
        waiting.add(one)
        if (asked.length === 0) finish()
      })
    },
    heard: (gateway, reports) => {
      for (const one of [...waiting]) {
        if (!one.left.has(gateway)) continue
        const said = reports.find((report) => isAnswer(one.look, report))
        if (said) one.take(gateway, said)
      }
    },
  }
}

const isAnswer = ({ organization, server, revision }: Look, report: ServerReport): boolean =>
  report.organization === organization &&
  report.server === server &&
  report.revision >= revision &&
  // It has only begun to look.
  report.state !== 'starting'
