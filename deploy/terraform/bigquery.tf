# No table of requests: the log travels by the staging bucket, and `traffic` moves it home (docs/decisions/049).
resource "google_bigquery_dataset" "model" {
  for_each   = local.datasets
  dataset_id = each.value
  location   = var.location
  labels     = { model = each.key }

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key[*]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_bigquery_dataset" "work" {
  dataset_id                  = local.work_dataset
  location                    = var.location
  description                 = "Work in progress: tables vanish after a day."
  default_table_expiration_ms = 86400000

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key[*]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_bigquery_dataset_iam_member" "run_writes" {
  for_each   = merge({ for model, one in google_bigquery_dataset.model : model => one.dataset_id }, { "(work)" = google_bigquery_dataset.work.dataset_id })
  dataset_id = each.value
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.run.member
}

resource "google_bigquery_dataset_iam_member" "run_reads" {
  for_each   = var.source_datasets
  project    = each.key
  dataset_id = each.value
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.run.member
}
