import { Accordion, Button, Group, SimpleGrid, Stack, Switch, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { slugOf } from '../../ui/slugOf.ts'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { TimeoutFields } from '../../upstreams/TimeoutFields.tsx'
import type { OneServer } from '../answers.ts'
import { CredentialFields } from '../CredentialFields.tsx'
import { emptyDraft, newServerOf, type ServerDraft } from '../draft.ts'
import { PlaceFields } from '../PlaceFields.tsx'
import { TransportFields } from '../TransportFields.tsx'
import { texts } from '../texts.data.ts'
import { suggestedSlug } from './suggestedSlug.ts'

const t = translator(texts)

type Props = {
  readonly way: 'url' | 'command'
  readonly onClose: () => void
  readonly onMade: (answer: OneServer) => void
}

/** A server by its address, or by the command that gateways run. */
export function NewServerForm({ way, onClose, onMade }: Props) {
  const [draft, setDraft] = useState<ServerDraft>(() => emptyDraft(way === 'url' ? 'http' : 'stdio'))
  const set = (patch: Partial<ServerDraft>) => setDraft((before) => ({ ...before, ...patch }))
  // The slug follows the place until somebody writes one, or a name.
  const place = (patch: Partial<ServerDraft>) =>
    setDraft((before) => {
      const after = { ...before, ...patch }
      return isSuggested(before) ? { ...after, slug: suggestedSlug(after) } : after
    })
  const { change, isRunning, refusal } = useChange({
    run: (input: ServerDraft, idempotencyKey) =>
      ask<OneServer>('POST /servers', { body: newServerOf(input), idempotencyKey }),
    refreshes: ['servers', 'catalogs'],
    done: onMade,
  })
  const isReady = draft.slug !== '' && (way === 'url' ? draft.url !== '' : draft.command !== '')
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (isReady && !isRunning) void change(draft)
  }
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="md">
        <TransportFields draft={draft} onChange={place} refusal={refusal} />
        <NameFields draft={draft} onChange={set} refusal={refusal} />
        {way === 'url' && (
          <Switch
            label={t('needsCredential')}
            checked={draft.hasCredential}
            onChange={(event) => set({ hasCredential: event.currentTarget.checked })}
          />
        )}
        {draft.hasCredential && <CredentialFields value={draft} onChange={set} refusal={refusal} />}
        <Accordion variant="contained" order={3}>
          <Accordion.Item value="advanced">
            <Accordion.Control>{t('advanced')}</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="sm">
                <PlaceFields value={draft} onChange={set} refusal={refusal} />
                <TimeoutFields times={draft.times} onChange={(times) => set({ times })} refusal={refusal} />
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        <ProblemNote refusal={refusal} />
        <Group justify="flex-end" gap="xs" className="dialog-foot">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button type="submit" loading={isRunning} disabled={!isReady}>
            {t('submitAdd')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

type NameProps = Pick<Parameters<typeof TransportFields>[0], 'draft' | 'onChange' | 'refusal'>

const isSuggested = (draft: ServerDraft): boolean => draft.name === '' && draft.slug === suggestedSlug(draft)

/** The slug follows the name until somebody writes one. */
function NameFields({ draft, onChange, refusal }: NameProps) {
  const follows = isSuggested(draft) || draft.slug === slugOf(draft.name)
  const rename = (name: string) => onChange({ name, ...(follows ? { slug: slugOf(name) } : {}) })
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <TextInput
        label={t('name')}
        description={t('nameHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={draft.name}
        onChange={(event) => rename(event.currentTarget.value)}
        error={fieldError(refusal, '/name')}
        autoComplete="off"
      />
      <TextInput
        label={t('slug')}
        description={t('slugHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={draft.slug}
        onChange={(event) => onChange({ slug: event.currentTarget.value })}
        error={fieldError(refusal, '/slug')}
        required
        autoComplete="off"
        spellCheck={false}
      />
    </SimpleGrid>
  )
}
