import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import type { MeView, Permission } from '../../src/people/schema.ts'
import type { CurrentSession } from '../../src/people/sessions/schema.ts'
import { ask, forgetOrganization, keepSession, pickedOrganization, Refused } from '../api.ts'

export type Session = {
  readonly session: CurrentSession
  readonly me: MeView | null
}
/** Without the token that changes carry: that one stands in api.ts and nowhere else. */
const Current = createContext<Session | null>(null)

async function readSession(): Promise<Session> {
  const session = await current()
  keepSession(session)
  const shown = { ...session, csrfToken: '' }
  // What opens nothing yet has no rights to ask for.
  if (session.secondFactor === 'needed') return { session: shown, me: null }
  return { session: shown, me: await ask<MeView>('GET /me') }
}

async function current(): Promise<CurrentSession> {
  if (pickedOrganization() === null) return ask<CurrentSession>('GET /sessions/current')
  try {
    return await ask<CurrentSession>('GET /sessions/current')
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.code !== 'not_found') throw error
    // Signed out of the one that was picked, and perhaps not of the others.
    forgetOrganization()
    return ask<CurrentSession>('GET /sessions/current')
  }
}

export function useCurrentSession() {
  const { data, error, refetch } = useQuery({
    queryKey: ['session'],
    queryFn: readSession,
    staleTime: Number.POSITIVE_INFINITY,
    // Whoever comes back to this tab may have another role by now, or be somebody else. Not while the second factor is set
    // up: with its first code all is open, and the recovery codes are still to be read.
    refetchOnWindowFocus: ({ state }) => (state.data?.session.secondFactor === 'needed' ? false : 'always'),
  })
  return { data, error, retry: refetch }
}

export const SessionProvider = ({ value, children }: { readonly value: Session; readonly children: ReactNode }) => (
  <Current.Provider value={value}>{children}</Current.Provider>
)

export function useSession(): Session {
  const session = useContext(Current)
  if (session === null) throw new Error('outside of a session')
  return session
}

export type Reach = 'all' | 'own' | 'none'

/**
 * `useMay()('keys:write')`: on everything, on what is one's own, or on nothing. It decides what a screen offers; what
 * happens is decided by control.
 */
export function useMay(): (right: Permission) => Reach {
  const { me } = useSession()
  return (right) => me?.rights[right] ?? 'none'
}
