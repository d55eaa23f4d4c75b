import { useState } from 'react'
import type { CatalogView } from '../../src/catalogs/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { LoadingDialog } from '../ui/LoadingDialog.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { bodyOf, CatalogForm, valuesOf } from './CatalogForm.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly catalogId: string
  readonly onClose: () => void
  readonly onSaved?: (effect: Effect) => void
}

export function EditCatalog({ catalogId, ...rest }: Props) {
  const { data, error } = useOne<{ catalog: CatalogView }>(`/catalogs/${catalogId}`)
  if (!data) return <LoadingDialog title={t('edit')} error={error} onClose={rest.onClose} />
  return <Form catalog={data.catalog} {...rest} />
}

function Form({ catalog, onClose, onSaved }: Omit<Props, 'catalogId'> & { readonly catalog: CatalogView }) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [{ id, revision }] = useState(catalog)
  const [values, setValues] = useState(() => valuesOf(catalog))
  const { change, isRunning, refusal } = useChange({
    run: (body: ReturnType<typeof bodyOf>) =>
      ask<{ catalog: CatalogView; effect: Effect }>(`PATCH /catalogs/${id}`, {
        body,
        revision,
      }),
    refreshes: ['catalogs', 'me'],
    said: ({ catalog: { name } }) => t('saved', { name }),
    done: ({ effect }) => {
      onSaved?.(effect)
      onClose()
    },
  })
  return (
    <FormDialog
      title={t('editTitle', { name: catalog.name })}
      submit={t('save')}
      size="lg"
      onClose={onClose}
      onSubmit={() => void change(bodyOf(values))}
      isReady={values.name.trim() !== '' && values.slug !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <CatalogForm values={values} onChange={setValues} refusal={refusal} />
    </FormDialog>
  )
}
