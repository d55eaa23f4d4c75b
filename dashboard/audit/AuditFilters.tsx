import { Button, TextInput } from '@mantine/core'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { EntityPicker } from '../ui/EntityPicker.tsx'
import { FilterSelect } from '../ui/FilterSelect.tsx'
import { Filters } from '../ui/Filters.tsx'
import { FilterText } from '../ui/FilterText.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { actionOptions } from './actionLabel.ts'
import { type Filter, filterNames, instantOf, localOf } from './filter.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function AuditFilters({ filter }: { readonly filter: Filter }) {
  const [, setUrl] = useUrl()
  const may = useMay()
  const clear = () => setUrl(Object.fromEntries(filterNames.map((name) => [name, undefined])))
  return (
    <Filters>
      <FilterSelect name="action" label={t('action')} any={t('anyAction')} options={actionOptions()} />
      {may('members:read') === 'all' && (filter.actor ?? 'mem_').startsWith('mem_') ? (
        <EntityPicker
          path="/members"
          label={t('actor')}
          placeholder={t('actorPick')}
          value={filter.actor ?? null}
          onChange={(actor) => setUrl({ actor: actor ?? undefined })}
          clearable
        />
      ) : (
        <FilterText name="actor" label={t('actor')} placeholder={t('actorHint')} />
      )}
      <FilterText name="subject" label={t('subject')} placeholder={t('subjectHint')} />
      <FilterText name="address" label={t('address')} placeholder={t('addressHint')} />
      <TextInput
        type="datetime-local"
        label={t('from')}
        value={localOf(filter.from)}
        onChange={(event) => setUrl({ from: instantOf(event.currentTarget.value) })}
      />
      <TextInput
        type="datetime-local"
        label={t('to')}
        value={localOf(filter.to)}
        onChange={(event) => setUrl({ to: instantOf(event.currentTarget.value) })}
      />
      {Object.keys(filter).length > 0 && (
        <Button variant="subtle" onClick={clear}>
          {t('clear')}
        </Button>
      )}
    </Filters>
  )
}
