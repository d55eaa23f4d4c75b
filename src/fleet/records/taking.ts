import type { FeedState } from '../feed-state.ts'
import { closing } from '../frames.ts'
import { servesOrganization } from '../roster.ts'
import type { FromGateway } from '../schema.ts'
import { type Session, sendFrame } from '../session.ts'

type Frame<Type extends FromGateway['type']> = Extract<FromGateway, { type: Type }>

/** Beside everything else, since it is written; said to be taken only when it is. */
export function takeRecords({ deps }: FeedState, session: Session, frame: Frame<'records'>): void {
  const { boot, confirmed, records } = frame
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined) return
  if (!records.every(({ organization }) => servesOrganization(session.gateway, organization))) {
    session.wire.close(closing.malformed, 'records of another organization')
    return
  }
  if (!records.every(({ seq }, at) => seq === first.seq + at)) {
    session.wire.close(closing.malformed, 'records with a gap')
    return
  }
  void deps.takeRecords({ gateway: session.gateway.id, boot, confirmed, records }).then((isTaken) => {
    if (isTaken) sendFrame(session.wire, { type: 'records-taken', boot, upTo: last.seq })
  })
}

/** Its files are removed when this is told, so it is told only when it is written. */
export async function closeBoot(state: FeedState, session: Session, frame: Frame<'boot-closed'>): Promise<void> {
  const { boot, last } = frame
  const { id } = session.gateway
  // Nothing of a life ends while it goes on.
  for (const other of state.sessions) if (other.gateway.id === id && other.hello.boot === boot) return
  try {
    await state.deps.closeBoot({ gateway: id, boot }, last)
    sendFrame(session.wire, { type: 'boot-ended', boot })
  } catch (error) {
    state.deps.log.warn({ error, gateway: id, boot }, 'a boot could not be closed, and is closed again later')
  }
}
