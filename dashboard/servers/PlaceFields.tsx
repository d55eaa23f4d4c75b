import { Select } from '@mantine/core'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { EntitiesPicker, EntityPicker } from '../ui/EntityPicker.tsx'
import { fieldError } from '../ui/useChange.ts'
import type { ServerDraft } from './draft.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Place = Pick<ServerDraft, 'project' | 'joins' | 'catalogs'>
type Props = {
  readonly value: Place
  readonly onChange: (patch: Partial<Place>) => void
  readonly refusal: Refusal | null
}
const isJoin = (text: string | null): text is Place['joins'] =>
  text === 'standard' || text === 'none' || text === 'chosen'

/** Where something new belongs: its project, and the catalogs over which people reach it. */
export function PlaceFields({ value, onChange, refusal }: Props) {
  return (
    <>
      <EntityPicker
        path="/projects"
        label={t('project')}
        description={t('projectHint')}
        value={value.project}
        onChange={(project) => onChange({ project })}
        error={fieldError(refusal, '/project')}
        clearable
      />
      <Select
        label={t('joins')}
        data={[
          { value: 'standard', label: t('joinsStandard') },
          { value: 'none', label: t('joinsNone') },
          { value: 'chosen', label: t('joinsChosen') },
        ]}
        allowDeselect={false}
        value={value.joins}
        onChange={(joins) => isJoin(joins) && onChange({ joins })}
        error={fieldError(refusal, '/catalogs')}
      />
      {value.joins === 'chosen' && (
        <EntitiesPicker
          path="/catalogs"
          label={t('joinsWhich')}
          value={value.catalogs}
          onChange={(catalogs) => onChange({ catalogs })}
        />
      )}
    </>
  )
}
