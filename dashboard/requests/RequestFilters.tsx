import { Switch, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { FilterSelect } from '../ui/FilterSelect.tsx'
import { FilterText } from '../ui/FilterText.tsx'
import { useTyped } from '../ui/useTyped.ts'
import { useUrl } from '../ui/useUrl.ts'
import { isAddress, metadataPatch, metadataTexts, times } from './asked.ts'
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
      <AddressFilter />
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
  const [{ admitted }, set] = useUrl()
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
        checked={admitted === 'false'}
        onChange={(event) => set({ admitted: event.currentTarget.checked ? 'false' : undefined })}
        pb={8}
      />
    </>
  )
}

/** Asked for once it is whole: control would refuse half of one at every letter. */
function AddressFilter() {
  const [url, set] = useUrl()
  const [isHere, setHere] = useState(false)
  const [text, type] = useTyped(url['address'] ?? '', (typed) => {
    if (typed === '' || isAddress(typed)) set({ address: typed })
  })
  const isWhole = text.trim() === '' || isAddress(text.trim())
  return (
    <TextInput
      className="filter"
      label={t('address')}
      placeholder={t('addressHint')}
      autoComplete="off"
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      onFocus={() => setHere(true)}
      onBlur={() => setHere(false)}
      error={!isWhole && !isHere && t('addressWrong')}
    />
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
