import { useState } from 'react'
import type { ServerView } from '../../../src/servers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { useChange } from '../../ui/useChange.ts'
import type { ChangedServer } from '../answers.ts'
import { CredentialFields } from '../CredentialFields.tsx'
import { credentialOf, draftOf, type ServerDraft } from '../draft.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = { readonly server: ServerView; readonly onClose: () => void }

/** A new secret over the old one; what was there is never shown. */
export function ReplaceCredential({ server, onClose }: Props) {
  // The secret was typed for what was seen then: if its address has moved since, the change is refused as stale.
  const [{ id, name, revision }] = useState(server)
  const [draft, setDraft] = useState<ServerDraft>(() => draftOf(server))
  const { change, isRunning, refusal } = useChange({
    run: (input: ServerDraft) =>
      ask<ChangedServer>(`PATCH /servers/${id}`, { body: { credential: credentialOf(input) }, revision }),
    refreshes: ['servers'],
    said: t('credentialSaved'),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('credentialTitle', { name })}
      onClose={onClose}
      submit={t('save')}
      onSubmit={() => void change(draft)}
      isRunning={isRunning}
      isReady={draft.secret !== '' && draft.header.trim() !== ''}
      refusal={refusal}
    >
      <CredentialFields value={draft} onChange={(patch) => setDraft({ ...draft, ...patch })} refusal={refusal} />
    </FormDialog>
  )
}
