import { Button, Card, Group, Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { type ComponentType, useState } from 'react'
import type { Effect } from '../../../src/fleet/schema.ts'
import type { Policies, PoliciesPatch, Touched } from '../../../src/people/policies/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { later } from '../../ui/later.tsx'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { useChange } from '../../ui/useChange.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { CeilingRules } from './CeilingRules.tsx'
import { DataRules } from './DataRules.tsx'
import { changedIn, type Place, patchOf, places, rebased } from './draft.ts'
import { EditingContext } from './Editing.ts'
import { foresee } from './foresee.ts'
import { LeakRules } from './LeakRules.tsx'
import { LifetimeRules } from './LifetimeRules.tsx'
import { ReachRules } from './ReachRules.tsx'
import { SignInRules } from './SignInRules.tsx'
import { texts } from './texts.data.ts'

const ReviewPolicies = later(() => import('./ReviewPolicies.tsx').then((m) => m.ReviewPolicies))

const t = translator(texts)

type Props = {
  readonly policies: Policies
  readonly mayWrite: boolean
  readonly onSaved: (effect: Effect | undefined) => void
}

/** Nothing is changed until what it touches has been seen. */
export function PoliciesForm({ policies, mayWrite, onSaved }: Props) {
  const [search, set] = useUrl()
  const { base, draft, setDraft } = useDraft(policies)
  const [touched, setTouched] = useState<Touched | null>(null)
  const place = places.find((each) => each === search['place']) ?? 'organization'
  const changed = changedIn(base, draft)
  const patch = patchOf(base, draft)
  const review = useChange({
    run: (body: PoliciesPatch) => foresee(base, body),
    refreshes: ['policies'],
    done: (answer) => setTouched(answer.touched),
  })
  const save = useChange({
    run: (body: PoliciesPatch) => ask<{ effect?: Effect }>('PATCH /policies', { body, revision: base.revision }),
    refreshes: ['policies', 'keys', 'organizations'],
    said: t('saved'),
    done: ({ effect }) => {
      setTouched(null)
      onSaved(effect)
    },
  })
  const close = () => {
    setTouched(null)
    save.reset()
  }
  const put = (next: Policies) => {
    if (review.refusal) review.reset()
    setDraft(next)
  }
  return (
    <>
      <EditingContext value={{ draft, place, refusal: review.refusal, put }}>
        <PlaceSwitch place={place} onChange={(next) => set({ place: next === 'organization' ? '' : next })} />
        <fieldset className="policies" disabled={!mayWrite}>
          <Sections place={place} />
        </fieldset>
      </EditingContext>
      <ProblemNote refusal={review.refusal} />
      {mayWrite && changed.length > 0 && (
        <Paper withBorder p="sm" className="policies-foot">
          <Group justify="space-between">
            <Text size="sm" aria-live="polite">
              {t('unsaved', { n: changed.length })}
            </Text>
            <Group gap="xs">
              <Button variant="default" onClick={() => put(base)}>
                {t('discard')}
              </Button>
              <Button loading={review.isRunning} onClick={() => void review.change(patch)}>
                {t('review')}
              </Button>
            </Group>
          </Group>
        </Paper>
      )}
      {touched && (
        <ReviewPolicies
          policies={base}
          patch={patch}
          changed={changed}
          touched={touched}
          onClose={close}
          onSave={() => void save.change(patch)}
          isRunning={save.isRunning}
          refusal={save.refusal}
        />
      )}
    </>
  )
}

/**
 * What is saved meanwhile, here or by somebody else, is what is changed from then on; what was changed on this page stays
 * changed, and has to be seen again before it is saved.
 */
function useDraft(policies: Policies) {
  const [base, setBase] = useState(policies)
  const [draft, setDraft] = useState(policies)
  if (policies.revision !== base.revision) {
    setBase(policies)
    setDraft(rebased(base, draft, policies))
  }
  return { base, draft, setDraft }
}

type SwitchProps = { readonly place: Place; readonly onChange: (place: Place) => void }
const PlaceSwitch = ({ place, onChange }: SwitchProps) => (
  <Stack gap={4} align="flex-start" className="place-switch">
    <SegmentedControl
      aria-label={t('place')}
      value={place}
      data={places.map((each) => ({ value: each, label: t(each) }))}
      onChange={(said) => {
        const next = places.find((each) => each === said)
        if (next) onChange(next)
      }}
    />
    {place !== 'organization' && (
      <Text size="sm" c="dimmed">
        {t('placeHint')}
      </Text>
    )}
  </Stack>
)

type Section = readonly [title: 'lifetime' | 'reach' | 'selfService' | 'leaks' | 'data' | 'signIn', of: ComponentType]
const tiered: readonly Section[] = [
  ['lifetime', LifetimeRules],
  ['reach', ReachRules],
  ['selfService', CeilingRules],
]
const everywhere: readonly Section[] = [...tiered, ['leaks', LeakRules], ['data', DataRules], ['signIn', SignInRules]]

/** Another place is another form: fields keep what is typed in them only while they are the same. */
const Sections = ({ place }: { readonly place: Place }) =>
  (place === 'organization' ? everywhere : tiered).map(([title, Rules]) => (
    <Card key={`${place} ${title}`} withBorder component="section" aria-label={t(title)}>
      <Stack gap="md">
        <Title order={2} size="h4">
          {t(title)}
        </Title>
        <div className="rules">
          <Rules />
        </div>
      </Stack>
    </Card>
  ))
