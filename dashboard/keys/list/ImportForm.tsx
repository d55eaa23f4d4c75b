import { FileInput, Select, Text } from '@mantine/core'
import { useRef, useState } from 'react'
import type { Refusal } from '../../api.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { useNames } from '../../ui/useNames.ts'
import { ImportOutcomes } from './ImportOutcomes.tsx'
import type { Imported } from './importing.ts'
import { type KeyFile, keysAtMost, readKeyFile } from './readKeyFile.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  /** What would become of each definition of the file; null: nobody has asked yet. */
  readonly foreseen: readonly Imported[] | null
  readonly onOther: () => void
  readonly onSubmit: (keys: readonly unknown[], deliverTo: string | null) => void
  readonly onClose: () => void
  readonly isRunning: boolean
  readonly refusal: Refusal | null
}

export function ImportForm({ foreseen, onOther, onSubmit, onClose, isRunning, refusal }: Props) {
  const may = useMay()
  const [file, setFile] = useState<File | null>(null)
  const [content, setContent] = useState<KeyFile | null>(null)
  const [deliverTo, setDeliverTo] = useState<string | null>(null)
  const keys = content && 'keys' in content ? content.keys : null
  const isGood = foreseen?.some(({ ok }) => ok) ?? true
  const latest = useRef<File | null>(null)
  const pick = async (picked: File | null) => {
    latest.current = picked
    setFile(picked)
    setContent(null)
    onOther()
    const read = picked && (await readKeyFile(picked))
    // A large file may be read longer than the one that was picked after it.
    if (latest.current === picked) setContent(read)
  }
  return (
    <FormDialog
      title={t('importTitle')}
      size="lg"
      submit={foreseen ? t('make', { n: foreseen.filter(({ ok }) => ok).length }) : t('check')}
      onSubmit={() => onSubmit(keys ?? [], deliverTo)}
      onClose={onClose}
      isRunning={isRunning}
      isReady={keys !== null && isGood}
      refusal={refusal}
    >
      <Text size="sm">{t('importText')}</Text>
      <FileInput
        label={t('file')}
        description={t('fileHint')}
        placeholder={t('choose')}
        accept="application/json,.json"
        value={file}
        onChange={(picked) => void pick(picked)}
        error={content && problemOf(content)}
        valueComponent={({ value }) => <span translate="no">{value instanceof File ? value.name : ''}</span>}
      />
      {may('webhooks:read') === 'all' && <Delivery value={deliverTo} onChange={setDeliverTo} />}
      {foreseen && <ImportOutcomes of={foreseen} isMade={false} />}
    </FormDialog>
  )
}

const problemOf = (content: KeyFile): string | null => {
  if (!('problem' in content)) return null
  return content.problem === 'tooMany' ? t('tooMany', { n: content.n, most: keysAtMost }) : t(content.problem)
}

type DeliveryProps = { readonly value: string | null; readonly onChange: (id: string | null) => void }
function Delivery({ value, onChange }: DeliveryProps) {
  const { options } = useNames('/webhooks')
  return (
    <Select
      label={t('deliverTo')}
      data={[{ value: '', label: t('showOnce') }, ...options]}
      value={value ?? ''}
      onChange={(id) => onChange(id || null)}
      allowDeselect={false}
    />
  )
}
