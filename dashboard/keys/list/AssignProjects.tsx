import { Button, Checkbox, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import type { Effect } from '../../../src/fleet/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { Dialog, FormDialog } from '../../ui/Dialog.tsx'
import { EffectNote } from '../../ui/EffectNote.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { useNames } from '../../ui/useNames.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly keyId: string; readonly onClose: () => void }

/** Opened from the number of projects: nothing changes before it is confirmed (A21). */
export function AssignProjects({ keyId, onClose }: Props) {
  const { data, error, retry } = useOne<{ key: KeyView }>(`/keys/${keyId}`)
  if (data) return <Picker of={data.key} onClose={onClose} />
  return (
    <Dialog title={t('projectsTitle')} onClose={onClose}>
      {error ? <ErrorNote error={error} onRetry={() => void retry()} /> : <Loading lines={2} />}
    </Dialog>
  )
}

function Picker({ of, onClose }: { readonly of: KeyView; readonly onClose: () => void }) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [key] = useState(of)
  const [projects, setProjects] = useState<readonly string[]>(key.projects)
  const [reason, setReason] = useState(key.mixedEnvironments ?? '')
  const [effect, setEffect] = useState<Effect | null>(null)
  const isNarrower = key.projects.some((id) => !projects.includes(id))
  const { change, isRunning, refusal } = useChange({
    run: (mixedEnvironments: string | null) =>
      ask<{ effect: Effect }>(`PATCH /keys/${key.id}`, {
        body: { projects, ...(mixedEnvironments === null ? {} : { mixedEnvironments }) },
        revision: key.revision,
      }),
    refreshes: ['keys'],
    said: t('projectsSaved', { n: projects.length }),
    done: ({ effect: answered }) => (isNarrower ? setEffect(answered) : onClose()),
  })
  if (effect) return <Narrowed effect={effect} onClose={onClose} />
  // Asked for only where the projects are of several environments and a policy lets that pass with a reason.
  const isReasonAsked = reason !== '' || (refusal?.code === 'environment_mixed' && refusal['policy'] === 'with-reason')
  return (
    <FormDialog
      title={t('projectsTitle')}
      submit={t('projectsSave')}
      onSubmit={() => void change(reason.trim() === '' ? null : reason)}
      onClose={onClose}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Text fw={600}>
        <Data>{key.name}</Data>
      </Text>
      <ProjectChecks value={projects} onChange={setProjects} error={fieldError(refusal, '/projects')} />
      {isReasonAsked && (
        <Textarea
          label={t('projectsReason')}
          description={t('projectsReasonHint')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={fieldError(refusal, '/mixedEnvironments')}
          autosize
          minRows={2}
        />
      )}
    </FormDialog>
  )
}

/** What was taken away is closed to the key from here on: it says where. */
const Narrowed = ({ effect, onClose }: { readonly effect: Effect; readonly onClose: () => void }) => (
  <Dialog title={t('projectsTitle')} onClose={onClose}>
    <EffectNote effect={effect} />
    <Group justify="flex-end" mt="md">
      <Button onClick={onClose} data-autofocus>
        {t('close')}
      </Button>
    </Group>
  </Dialog>
)

/** So many are seen at a glance; more are searched. */
const seenAtOnce = 10

type Checks = {
  readonly value: readonly string[]
  readonly onChange: (ids: readonly string[]) => void
  readonly error: string | undefined
}
function ProjectChecks({ value, onChange, error }: Checks) {
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search.trim(), 200)
  const all = useNames('/projects')
  const found = useNames('/projects', asked === '' ? {} : { search: asked })
  return (
    <>
      {all.options.length > seenAtOnce && (
        <TextInput
          type="search"
          label={t('search')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <Checkbox.Group
        label={t('projectsLabel')}
        description={t('projectsText')}
        value={[...value]}
        onChange={onChange}
        error={error}
      >
        <Stack gap="xs" mt="xs" className="project-checks">
          {found.options.map(({ value: id, label }) => (
            <Checkbox key={id} value={id} label={<Data>{label}</Data>} />
          ))}
        </Stack>
      </Checkbox.Group>
    </>
  )
}
