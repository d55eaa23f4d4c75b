import { Accordion, Alert, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerView } from '../../../src/servers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { TimeoutFields } from '../../upstreams/TimeoutFields.tsx'
import type { ChangedServer } from '../answers.ts'
import { CredentialFields } from '../CredentialFields.tsx'
import { draftOf, patchOf, type ServerDraft, transportOf } from '../draft.ts'
import { TransportFields } from '../TransportFields.tsx'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = { readonly server: ServerView; readonly onClose: () => void }

export function EditServer({ server, onClose }: Props) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [before] = useState(server)
  const [draft, setDraft] = useState<ServerDraft>(() => draftOf(before))
  const set = (patch: Partial<ServerDraft>) => setDraft((was) => ({ ...was, ...patch }))
  const { change, isRunning, refusal } = useChange({
    run: (input: ServerDraft) =>
      ask<ChangedServer>(`PATCH /servers/${before.id}`, { body: patchOf(input, before), revision: before.revision }),
    refreshes: ['servers'],
    said: t('saved'),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('editTitle', { name: before.name })}
      onClose={onClose}
      size="lg"
      submit={t('save')}
      onSubmit={() => void change(draft)}
      isRunning={isRunning}
      refusal={refusal}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label={t('name')}
          value={draft.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={fieldError(refusal, '/name')}
          data-autofocus
        />
        <TextInput
          label={t('slug')}
          value={draft.slug}
          onChange={(event) => set({ slug: event.currentTarget.value })}
          error={fieldError(refusal, '/slug')}
          required
          spellCheck={false}
        />
      </SimpleGrid>
      <TransportFields draft={draft} onChange={set} refusal={refusal} />
      <Again draft={draft} before={before} />
      {needsSecret(draft, before) && <CredentialFields value={draft} onChange={set} refusal={refusal} />}
      <Accordion variant="contained" order={3}>
        <Accordion.Item value="timeouts">
          <Accordion.Control>{t('timeouts')}</Accordion.Control>
          <Accordion.Panel>
            <TimeoutFields times={draft.times} onChange={(times) => set({ times })} refusal={refusal} />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </FormDialog>
  )
}

/** A secret goes nowhere but where it was given for. */
const needsSecret = (draft: ServerDraft, { transport, credential }: ServerView): boolean =>
  credential !== null && transport.type !== 'stdio' && draft.url.trim() !== transport.url

const needsValues = (draft: ServerDraft, before: ServerView): boolean =>
  draft.type === 'stdio' &&
  draft.env.some(({ isKept }) => isKept) &&
  JSON.stringify(transportOf(draft)) !== JSON.stringify(transportOf(draftOf(before)))

function Again({ draft, before }: { readonly draft: ServerDraft; readonly before: ServerView }) {
  const text = needsSecret(draft, before) ? 'addressMoved' : needsValues(draft, before) ? 'envAgain' : null
  return (
    <Stack gap={0} role="status">
      {text && (
        <Alert color="yellow">
          <Text size="sm">{t(text)}</Text>
        </Alert>
      )}
    </Stack>
  )
}
