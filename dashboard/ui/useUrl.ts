import { useLocation, useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { withoutSecrets } from './withoutSecrets.ts'

export type UrlState = Readonly<Record<string, string>>

/**
 * Filters, sort and what is open stand in the address, so that it can be sent and reloaded. Never put a secret there: of
 * one that somebody pastes only the preview gets in.
 * `set({ status: 'active' })`; an empty text takes a name out.
 */
export function useUrl(): [
  UrlState,
  (patch: Readonly<Record<string, string | undefined>>, how?: 'push' | 'replace') => void,
] {
  const search: UrlState = useLocation({ select: (location) => location.search as UrlState })
  const navigate = useNavigate()
  const set = useCallback(
    (patch: Readonly<Record<string, string | undefined>>, how: 'push' | 'replace' = 'replace') => {
      const merge = (before: UrlState) =>
        Object.fromEntries(
          Object.entries({ ...before, ...patch })
            .filter(([, value]) => value !== undefined && value !== '')
            .map(([name, value = '']) => [name, withoutSecrets(value)]),
        )
      void navigate({ to: '.', search: merge as never, replace: how === 'replace' })
    },
    [navigate],
  )
  return [search, set]
}
