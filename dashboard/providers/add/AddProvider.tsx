import { useState } from 'react'
import { translator } from '../../texts.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { FirstLook } from '../../upstreams/FirstLook.tsx'
import { useLook } from '../../upstreams/useLook.ts'
import type { TestedProvider } from '../answers.ts'
import { LookResult } from '../LookResult.tsx'
import { texts } from '../texts.data.ts'
import { NewProviderForm } from './NewProviderForm.tsx'

const t = translator(texts)

/** A provider, and at once whether it answers to what was given. */
export function AddProvider({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<string | null>(null)
  return made === null ? (
    <NewProviderForm onClose={onClose} onMade={({ provider }) => setMade(provider.id)} />
  ) : (
    <Dialog title={t('firstTitle')} onClose={onClose} size="lg">
      <LookAtProvider id={made} onAgain={() => setMade(null)} />
    </Dialog>
  )
}

type Props = { readonly id: string; readonly onAgain: () => void }

function LookAtProvider({ id, onAgain }: Props) {
  const [seen, setSeen] = useState<TestedProvider | null>(null)
  const look = useLook('providers', id, setSeen)
  const [result] = seen?.results ?? []
  return (
    <FirstLook
      look={look}
      words={{ looking: t('testing'), again: t('testAgain'), open: t('openProvider') }}
      path={`/configuration/providers/${id}`}
      onAgain={onAgain}
    >
      {result && <LookResult look={result} />}
    </FirstLook>
  )
}
