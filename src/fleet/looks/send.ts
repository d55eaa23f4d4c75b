import { servesOrganization } from '../roster.ts'
import { type Session, sendFrame } from '../session.ts'

/** Asks every attached gateway of the organization to look at the server; answers which those are. */
export function sendLook(sessions: Iterable<Session>, organization: string, server: string): string[] {
  const asked: string[] = []
  for (const session of sessions) {
    if (session.isRevoked || !servesOrganization(session.gateway, organization)) continue
    sendFrame(session.wire, { type: 'look', organization, server })
    asked.push(session.gateway.id)
  }
  return asked
}
