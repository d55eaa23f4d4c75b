import path from 'node:path'
import type { RecordSource } from '../../fleet/attach.ts'
import { recordsPerFrame } from '../../fleet/records/schema.ts'
import type { FromGateway } from '../../fleet/schema.ts'
import type { Disk } from './disk.ts'
import { endBoot } from './former.ts'
import { createLane, type Lane, type LaneDeps } from './lane.ts'
import type { Boot } from './layout.ts'

/** Tells control what is in the spool: what this process writes, and beside it what earlier ones have left, one by one. */
export type Telling = {
  readonly source: RecordSource
  /** Something of this process has become durable. */
  readonly wrote: () => void
  /** Files that were held are not held any more. */
  readonly sweep: () => void
  /** Resolves when control has everything of this process, or when the time is over. */
  readonly told: (ms: number) => Promise<void>
  readonly stop: () => Promise<void>
}

export type TellingDeps = Pick<LaneDeps, 'disk' | 'setTimer' | 'log' | 'isHeld'> & {
  readonly own: Boot
  readonly formers: readonly Boot[]
  /** Last `seq` of this process that outlasts a power cut. */
  readonly last: () => number
  /** A boot is gone from the disk. */
  readonly onGone: (boot: Boot) => void
}

/** What has just begun to fill a frame waits so long for more. */
const soonMs = 1000

type Send = { readonly frame: (frame: FromGateway) => void; readonly text: (text: string) => void }

export function createTelling(deps: TellingDeps): Telling {
  const { own, setTimer } = deps
  let send: Send | null = null
  let stopTimer: (() => void) | null = null
  const live = createLane({ ...deps, boot: own, isFormer: false, onAllTaken: () => {} })
  const formers = createFormers(deps, () => send)
  const enough = new Set<() => void>()
  const isTold = (): boolean => live.waiting().unconfirmed <= 0
  const soon = (): void => {
    stopTimer = null
    live.pump()
  }
  return {
    source: {
      attached: (frame, text) => {
        send = { frame, text }
        live.attached(text)
        formers.attached()
      },
      detached: () => {
        send = null
        live.detached()
        formers.detached()
      },
      taken: (boot, upTo) => {
        if (boot !== own.id) return formers.taken(boot, upTo)
        live.taken(upTo)
        if (isTold()) for (const resolve of enough) resolve()
      },
      ended: formers.ended,
      flush: live.pump,
    },
    wrote: () => {
      if (send === null) return
      if (live.waiting().untold >= recordsPerFrame) live.pump()
      else stopTimer ??= setTimer(soonMs, soon)
    },
    sweep: live.sweep,
    told: (ms) => {
      live.pump()
      if (send === null || isTold()) return Promise.resolve()
      return new Promise((resolve) => {
        const finish = (): void => {
          enough.delete(finish)
          stop()
          resolve()
        }
        const stop = setTimer(ms, finish)
        enough.add(finish)
      })
    },
    stop: () => {
      stopTimer?.()
      send = null
      live.detached()
      return formers.stop()
    },
  }
}

type Former = { readonly boot: Boot; readonly lane: Lane; readonly last: number; isClosing: boolean }

/** One after the other: a process that was restarted a hundred times has left a hundred, and calls of now matter more. */
function createFormers(deps: TellingDeps, send: () => Send | null) {
  const { disk, log, onGone } = deps
  let waiting = [...deps.formers]
  let current: Former | null = null
  let beginning: Promise<void> | null = null
  let isStopped = false

  const begin = async (boot: Boot): Promise<void> => {
    const last = await endBoot(deps, boot)
    const tellEnd = (): void => {
      if (current === null) return
      current.isClosing = true
      send()?.frame({ type: 'boot-closed', boot: boot.id, last })
    }
    const lane = createLane({
      ...deps,
      boot,
      isFormer: true,
      last: () => last,
      isHeld: () => false,
      onAllTaken: tellEnd,
    })
    current = { boot, lane, last, isClosing: false }
    const now = send()
    if (now !== null) lane.attached(now.text)
  }
  const next = (): void => {
    const [boot] = waiting
    if (boot === undefined || current !== null || beginning !== null || isStopped || send() === null) return
    waiting = waiting.slice(1)
    beginning = begin(boot)
      .catch((error: unknown) => {
        // It stays where it is: the next start tries again.
        log.warn({ error, boot: boot.id }, 'spool: what an earlier process has left cannot be read')
      })
      .finally(() => {
        beginning = null
        next()
      })
  }
  return {
    attached: () => {
      const now = send()
      if (current !== null && now !== null) current.lane.attached(now.text)
      next()
    },
    detached: () => {
      if (current !== null) current.isClosing = false
      current?.lane.detached()
    },
    taken: (boot: string, upTo: number) => {
      if (current?.boot.id === boot) current.lane.taken(upTo)
    },
    ended: (id: string) => {
      if (current?.boot.id !== id || !current.isClosing) return
      const { boot, lane } = current
      lane.detached()
      current = null
      beginning = removeBoot(disk, boot)
        .then(() => onGone(boot))
        .catch((error: unknown) => log.warn({ error, boot: id }, 'spool: a folder that is told cannot be removed'))
        .finally(() => {
          beginning = null
          next()
        })
    },
    stop: async () => {
      isStopped = true
      current?.lane.detached()
      await beginning
    },
  }
}

/** In order: what answers an open record goes after it, so that a removal that was cut short ends nothing anew. */
async function removeBoot(disk: Disk, { folder }: Boot): Promise<void> {
  for (const name of disk.namesIn(folder).toSorted()) await disk.remove(path.join(folder, name))
  disk.removeFolder(folder)
}
