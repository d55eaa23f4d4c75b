import { useState } from 'react'
import type { CatalogView } from '../../src/catalogs/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { bodyOf, CatalogForm, newCatalog } from './CatalogForm.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

export function CreateCatalog({ onClose }: { readonly onClose: () => void }) {
  const [values, setValues] = useState(newCatalog)
  const { change, isRunning, refusal } = useChange({
    run: (body: ReturnType<typeof bodyOf>, idempotencyKey) =>
      ask<{ catalog: CatalogView }>('POST /catalogs', { body, idempotencyKey }),
    refreshes: ['catalogs', 'me'],
    said: ({ catalog: { name } }) => t('made', { name }),
    done: onClose,
  })
  return (
    <FormDialog
      title={t('createTitle')}
      submit={t('create')}
      size="lg"
      onClose={onClose}
      onSubmit={() => void change(bodyOf(values))}
      isReady={values.name.trim() !== '' && values.slug !== ''}
      isRunning={isRunning}
      refusal={refusal}
    >
      <CatalogForm values={values} onChange={setValues} refusal={refusal} isNew />
    </FormDialog>
  )
}
