import { Select, Textarea } from '@mantine/core'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { TagsField } from '../../ui/TagsField.tsx'
import { fieldError } from '../../ui/useChange.ts'
import { type BulkAction, extensions } from './bulk.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

export type BulkInput = { readonly reason: string; readonly tags: readonly string[]; readonly expiresIn: string }
type Props = {
  readonly action: BulkAction
  readonly input: BulkInput
  readonly onChange: (input: BulkInput) => void
  readonly isMissing: boolean
  readonly refusal: Refusal | null
}

/** What one action wants to know besides the keys. */
export function BulkFields({ action, input, onChange, isMissing, refusal }: Props) {
  if (action === 'resume') return null
  if (action === 'tag')
    return (
      <TagsField
        label={t('tagsLabel')}
        value={[...input.tags]}
        onChange={(tags) => onChange({ ...input, tags })}
        error={isMissing ? t('tagsMissing') : fieldError(refusal, '/tags')}
        required
        data-autofocus
      />
    )
  if (action === 'extend')
    return (
      <Select
        label={t('expiresIn')}
        data={extensions.map(({ value, name }) => ({ value, label: t(name) }))}
        value={input.expiresIn}
        onChange={(expiresIn) => onChange({ ...input, expiresIn: expiresIn ?? input.expiresIn })}
        allowDeselect={false}
      />
    )
  return (
    <Textarea
      label={t('reason')}
      description={t('reasonHint')}
      value={input.reason}
      onChange={(event) => onChange({ ...input, reason: event.currentTarget.value })}
      maxLength={2000}
      autosize
      minRows={2}
    />
  )
}
