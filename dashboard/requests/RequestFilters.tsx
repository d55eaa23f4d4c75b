import { Switch, TagsInput } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { FilterSelect } from '../ui/FilterSelect.tsx'
import { FilterText } from '../ui/FilterText.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { metadataPatch, metadataTexts, times } from './asked.ts'
import { CallFilters } from './filters/CallFilters.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Which calls of the log; all of it stands in the address. */
export function RequestFilters() {
  const [url, set] = useUrl()
  const metadata = Object.keys(url).filter((name) => name.startsWith('metadata.'))
  return (
    <CallFilters always={<Always />} more={['status', 'code', 'address', 'client', ...metadata]}>
      <FilterText name="status" label={t('status')} placeholder={t('statusHint')} />
      <FilterText name="code" label={t('code')} placeholder={t('codeHint')} />
      <FilterText name="address" label={t('address')} placeholder={t('addressHint')} />
      <FilterText name="client" label={t('client')} placeholder={t('clientHint')} />
      <MetadataFilter
        key={metadata.join(' ')}
        value={metadataTexts(url)}
        onChange={(all) => set(metadataPatch(url, all))}
      />
    </CallFilters>
  )
}

function Always() {
  const [{ refused }, set] = useUrl()
  return (
    <>
      <FilterSelect
        name="period"
        label={t('period')}
        any={t('anyTime')}
        options={times.map((value) => ({ value, label: t(value) }))}
      />
      <Switch
        label={t('refusedOnly')}
        checked={refused === 'yes'}
        onChange={(event) => set({ refused: event.currentTarget.checked ? 'yes' : undefined })}
        pb={8}
      />
    </>
  )
}

type Props = { readonly value: string[]; readonly onChange: (all: readonly string[]) => void }

function MetadataFilter({ value, onChange }: Props) {
  const [isWrong, setWrong] = useState(false)
  const keep = (all: string[]) => {
    const whole = all.filter((text) => /^[^=]+=./.test(text))
    setWrong(whole.length < all.length)
    if (whole.join() !== value.join()) onChange(whole)
  }
  return (
    <TagsInput
      label={t('metadata')}
      placeholder={value.length === 0 ? t('metadataHint') : ''}
      maxTags={5}
      acceptValueOnBlur
      value={value}
      onChange={keep}
      error={isWrong && t('metadataWrong')}
    />
  )
}
