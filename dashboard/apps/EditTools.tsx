import { useState } from 'react'
import type { AppView } from '../../src/apps/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { ToolsFields, type ToolValues } from './ToolsFields.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly app: AppView; readonly onClose: () => void; readonly onSaved: (effect: Effect) => void }

export function EditTools({ app, onClose, onSaved }: Props) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [{ id, name, revision, tools, toolsDefault }] = useState(app)
  const [values, setValues] = useState<ToolValues>({ tools, toolsDefault })
  const { change, isRunning, refusal } = useChange({
    run: (body: ToolValues) => ask<{ effect: Effect }>(`PATCH /apps/${id}`, { body, revision }),
    refreshes: ['apps', 'keys'],
    said: t('saved', { name }),
    done: ({ effect }) => {
      onSaved(effect)
      onClose()
    },
  })
  return (
    <FormDialog
      title={t('editToolsTitle', { name })}
      submit={t('save')}
      size="lg"
      onClose={onClose}
      onSubmit={() => void change(values)}
      isRunning={isRunning}
      refusal={refusal}
    >
      <ToolsFields values={values} onChange={setValues} refusal={refusal} />
    </FormDialog>
  )
}
