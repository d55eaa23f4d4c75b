import { Alert, Button, FileButton, Group, Stack, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { ServerView } from '../../../src/servers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { useList } from '../../ui/useCalls.ts'
import { useChange } from '../../ui/useChange.ts'
import type { Imported, Missing, Outcome } from '../answers.ts'
import type { ServerDraft } from '../draft.ts'
import { PlaceFields } from '../PlaceFields.tsx'
import { texts } from '../texts.data.ts'
import { type Document, documentIn, withOnly } from './chosen-entries.ts'
import { ImportOutcomes } from './ImportOutcomes.tsx'
import { isKnown } from './known-servers.ts'
import { MissingValues } from './MissingValues.tsx'

const t = translator(texts)

type Place = Pick<ServerDraft, 'project' | 'joins' | 'catalogs'>
type Variables = Readonly<Record<string, string>>
type Asked = { readonly document: Document; readonly variables: Variables; readonly place: Place }

const send = ({ document, variables, place }: Asked, dryRun: boolean, idempotencyKey: string) => {
  const { project, joins, catalogs } = place
  const body = {
    document,
    dryRun,
    variables,
    ...(project === null ? {} : { project }),
    ...(joins === 'standard' ? {} : { catalogs: joins === 'none' ? [] : catalogs }),
  }
  return ask<Imported>('POST /servers/import', { body, idempotencyKey })
}

/** A registry's or a client's configuration: first what would become of it, then the same for good. */
export function ImportServers({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  const [values, setValues] = useState<Variables>({})
  const [place, setPlace] = useState<Place>({ project: null, joins: 'standard', catalogs: [] })
  const [plan, setPlan] = useState<readonly Outcome[] | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [made, setMade] = useState<readonly Outcome[] | null>(null)
  const { items: known } = useList<ServerView>('/servers', { limit: 200 })
  const dry = useChange({
    run: (asked: Asked, key) => send(asked, true, key),
    refreshes: [],
    done: ({ results }) => {
      setPlan(results)
      // A second server for the same thing is made on purpose only.
      setChosen(new Set(results.filter((one) => one.ok && !isKnown(one, known)).map(({ name }) => name)))
    },
  })
  const real = useChange({
    run: (asked: Asked, key) => send(asked, false, key),
    refreshes: ['servers', 'catalogs'],
    done: ({ results }) => setMade(results),
  })
  const document = documentIn(text)
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
  const write = (written: string) => {
    setText(written)
    setPlan(null)
  }
  if (made !== null) return <ImportDone outcomes={made} onClose={onClose} />
  return (
    <Stack gap="md">
      <DocumentField text={text} isJson={text === '' || document !== null} onChange={write} />
      {plan === null ? (
        <PlaceFields value={place} onChange={(patch) => setPlace({ ...place, ...patch })} refusal={dry.refusal} />
      ) : (
        <>
          <ImportOutcomes outcomes={plan} known={known} chosen={chosen} onChoose={setChosen} />
          <MissingValues missing={missingIn(plan)} values={values} onChange={setValues} />
        </>
      )}
      <ProblemNote refusal={dry.refusal ?? real.refusal} />
      <Group justify="flex-end" gap="xs" className="dialog-foot">
        <Button variant="default" onClick={onClose}>
          {t('cancel')}
        </Button>
        <Button
          variant={plan === null ? 'filled' : 'default'}
          disabled={document === null}
          loading={dry.isRunning}
          onClick={() => document && void dry.change({ document, variables: given, place })}
        >
          {t('look')}
        </Button>
        {plan !== null && (
          <Button
            disabled={document === null || chosen.size === 0}
            loading={real.isRunning}
            onClick={() =>
              document &&
              void real.change({ document: withOnly(document, (name) => chosen.has(name)), variables: given, place })
            }
          >
            {t('import', { n: chosen.size })}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

const missingIn = (outcomes: readonly Outcome[]): Missing[] => {
  const all = outcomes.flatMap(({ missing = [] }) => missing)
  return all.filter(({ name }, at) => all.findIndex((other) => other.name === name) === at)
}

type DocumentProps = {
  readonly text: string
  readonly isJson: boolean
  readonly onChange: (text: string) => void
}
const DocumentField = ({ text, isJson, onChange }: DocumentProps) => (
  <Stack gap="xs">
    <Textarea
      label={t('document')}
      description={t('documentHint')}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={isJson ? undefined : t('notJson')}
      minRows={6}
      maxRows={16}
      autosize
      required
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
    <div>
      <FileButton accept="application/json,.json" onChange={(file) => void file?.text().then(onChange)}>
        {(props) => (
          <Button {...props} size="xs" variant="default">
            {t('file')}
          </Button>
        )}
      </FileButton>
    </div>
  </Stack>
)

function ImportDone({ outcomes, onClose }: { readonly outcomes: readonly Outcome[]; readonly onClose: () => void }) {
  const added = outcomes.filter(({ ok }) => ok).length
  return (
    <Stack gap="md">
      <Alert color={added > 0 ? 'green' : 'red'} title={t('importedSome', { n: added })} role="status" />
      <ImportOutcomes outcomes={outcomes} known={[]} />
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('done')}</Button>
      </Group>
    </Stack>
  )
}
