import { NumberInput, Select, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { AccessRequestView, NewAccessRequest } from '../../src/access-requests/schema.ts'
import { ask, type Refusal } from '../api.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { EntityPicker } from '../ui/EntityPicker.tsx'
import { fieldError, useChange } from '../ui/useChange.ts'
import { type Asking, askedKinds, bodyOf, isComplete } from './asking.ts'
import { SubjectField } from './SubjectField.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const kindTexts = {
  server: t('kindServer'),
  tool: t('kindTool'),
  provider: t('kindProvider'),
  model: t('kindModel'),
  budget: t('kindBudget'),
} as const

type Props = {
  readonly start: Asking
  readonly onClose: () => void
  readonly onAsked: (request: AccessRequestView) => void
}

export function AskForAccess({ start, onClose, onAsked }: Props) {
  const [asking, setAsking] = useState(start)
  const { change, isRunning, refusal } = useChange({
    run: (body: NewAccessRequest, idempotencyKey) =>
      ask<{ accessRequest: AccessRequestView }>('POST /access-requests', { body, idempotencyKey }),
    refreshes: ['access-requests'],
    said: t('asked'),
    done: ({ accessRequest }) => onAsked(accessRequest),
  })
  const put = (patch: Partial<Asking>) => setAsking({ ...asking, ...patch })
  return (
    <FormDialog
      title={t('askTitle')}
      submit={t('askSubmit')}
      onClose={onClose}
      onSubmit={() => void change(bodyOf(asking))}
      isReady={isComplete(asking)}
      isRunning={isRunning}
      refusal={refusal}
    >
      <Fields asking={asking} put={put} refusal={refusal} />
    </FormDialog>
  )
}

type FieldsProps = {
  readonly asking: Asking
  readonly put: (patch: Partial<Asking>) => void
  readonly refusal: Refusal | null
}
function Fields({ asking, put, refusal }: FieldsProps) {
  const { kind, named, usd, key, reason } = asking
  const hasKeys = useMay()('keys:read') !== 'none'
  return (
    <>
      <Select
        label={t('kind')}
        allowDeselect={false}
        data={askedKinds.map((each) => ({ value: each, label: kindTexts[each] }))}
        value={kind}
        onChange={(said) => put({ kind: askedKinds.find((each) => each === said) ?? kind })}
      />
      {kind === 'budget' && (
        <NumberInput
          label={t('usd')}
          required
          min={0}
          decimalScale={2}
          prefix="$"
          thousandSeparator=","
          value={usd}
          onChange={(said) => put({ usd: String(said) })}
          error={fieldError(refusal, '/budget/usd')}
        />
      )}
      <SubjectField
        kind={kind}
        value={named[kind]}
        onChange={(said) => put({ named: { ...named, [kind]: said } })}
        error={fieldError(refusal, kind === 'budget' ? '/budget/id' : `/${kind}`)}
      />
      {hasKeys ? (
        <EntityPicker
          path="/keys"
          label={t('key')}
          description={t('keyHint')}
          placeholder={t('keyPlaceholder')}
          clearable
          value={key}
          onChange={(said) => put({ key: said })}
          error={fieldError(refusal, '/key')}
        />
      ) : (
        <TextInput label={t('key')} description={t('keyHint')} value={key ?? ''} readOnly />
      )}
      <Textarea
        label={t('reason')}
        description={t('reasonHint')}
        required
        autosize
        minRows={2}
        maxLength={2000}
        value={reason}
        onChange={({ currentTarget: { value } }) => put({ reason: value })}
        error={fieldError(refusal, '/reason')}
      />
    </>
  )
}
