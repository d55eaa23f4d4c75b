import { Center, Loader } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { FactorView } from '../../src/people/second-factor/schema.ts'
import { ask } from '../api.ts'
import { laterPart } from '../ui/later.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { SessionProvider, useCurrentSession } from './session.tsx'

const wait = (
  <Center h="100vh">
    <Loader />
  </Center>
)
const SetUpFactor = laterPart(() => import('../account/SetUpFactor.tsx').then((m) => m.SetUpFactor), wait)

/** Nothing of the dashboard is drawn before somebody is signed in, with the second factor where one is asked for. */
export function Gate({ children }: { readonly children: ReactNode }) {
  const { data, error, retry } = useCurrentSession()
  // What is open stays where a later look fails: it may show what nobody can show again.
  if (!data) return error ? <ErrorNote error={error} onRetry={() => void retry()} /> : wait
  if (data.session.secondFactor === 'needed') return <SecondFactor />
  return <SessionProvider value={data}>{children}</SessionProvider>
}

/** Whoever has one shows it on the sign-in page; whoever has none sets it up, and nothing else is open. */
function SecondFactor() {
  const { data, error, refetch } = useQuery({
    queryKey: ['second-factor'],
    queryFn: () => ask<FactorView>('GET /me/second-factor'),
    // Once: with the first code it is on, and a second look would take the recovery codes away from who reads them.
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (!data) return error ? <ErrorNote error={error} onRetry={() => void refetch()} /> : wait
  if (data.state === 'on') {
    location.assign(`/sign-in?returnTo=${encodeURIComponent(`${location.pathname}${location.search}`)}`)
    return wait
  }
  return <SetUpFactor onDone={() => location.reload()} />
}
