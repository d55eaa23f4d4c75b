import { useState } from 'react'
import type { ProviderLook } from '../../../src/people/identity-providers/schema.ts'
import { ask } from '../../api.ts'
import { useChange } from '../../ui/useChange.ts'

/** Asks an identity provider what it says of itself. */
export function useLook(id: string) {
  const [look, setLook] = useState<ProviderLook | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (provider: string) => ask<ProviderLook>(`POST /identity-providers/${provider}/test`),
    refreshes: [],
    done: setLook,
  })
  return { look, test: () => void change(id), isRunning, refusal }
}
