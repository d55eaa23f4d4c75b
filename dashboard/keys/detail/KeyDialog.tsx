import { Anchor, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ActionDialog, type Doing } from './ActionDialog.tsx'
import { KeyBadges } from './KeyBadges.tsx'
import { KeyContent } from './KeyContent.tsx'
import { KeyMissing } from './KeyMissing.tsx'
import { texts } from './texts.data.ts'
import { useKey } from './useKey.ts'

const t = translator(texts)

type Props = { readonly keyId: string; readonly onClose: () => void }

/** A key over the list of keys (D51). What is done with it takes its place for a while: there is one dialog at a time. */
export function KeyDialog({ keyId, onClose }: Props) {
  const [doing, setDoing] = useState<Doing | null>(null)
  const [isDeleted, setDeleted] = useState(false)
  const { key, refs, error, retry } = useKey(keyId)
  if (key && doing) {
    const close = () => (isDeleted ? onClose() : setDoing(null))
    return <ActionDialog of={key} doing={doing} onClose={close} onDeleted={() => setDeleted(true)} />
  }
  return (
    <Dialog title={key ? <Data>{key.name}</Data> : t('screen')} onClose={onClose} size="xl">
      {key && !error ? (
        <>
          <Group justify="space-between" mb="sm">
            <KeyBadges of={key} />
            <Anchor component={Link} to="/configuration/api-keys/$key" params={{ key: key.id } as never} size="sm">
              {t('openAsPage')}
            </Anchor>
          </Group>
          <KeyContent of={key} refs={refs} onDo={setDoing} />
        </>
      ) : (
        <KeyMissing error={error} onRetry={() => void retry()} />
      )}
    </Dialog>
  )
}
