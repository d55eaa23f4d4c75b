import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { later } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import type { Doing } from './detail/ActionDialog.tsx'
import { KeyBadges } from './detail/KeyBadges.tsx'
import { KeyContent } from './detail/KeyContent.tsx'
import { KeyMissing } from './detail/KeyMissing.tsx'
import { texts } from './detail/texts.data.ts'
import { useKey } from './detail/useKey.ts'

const ActionDialog = later(() => import('./detail/ActionDialog.tsx').then((m) => m.ActionDialog))

const t = translator(texts)

/** One key on a page of its own: the same as in the dialog over the list. */
export function KeyPage() {
  const { key: keyId = '' }: { readonly key?: string } = useParams({ strict: false })
  const [doing, setDoing] = useState<Doing | null>(null)
  const [isDeleted, setDeleted] = useState(false)
  const { key, refs, error, retry } = useKey(keyId)
  const go = useNavigate()
  const close = () => {
    setDoing(null)
    if (isDeleted) void go({ to: '/configuration/api-keys' })
  }
  return (
    <>
      {key && (!error || isDeleted) ? (
        <Page title={<Data>{key.name}</Data>} name={key.name} badges={<KeyBadges of={key} />}>
          <KeyContent of={key} refs={refs} onDo={setDoing} />
        </Page>
      ) : (
        <Page title={t('screen')}>
          <KeyMissing error={error} onRetry={() => void retry()} />
        </Page>
      )}
      {key && doing && <ActionDialog of={key} doing={doing} onClose={close} onDeleted={() => setDeleted(true)} />}
    </>
  )
}
