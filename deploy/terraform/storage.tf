# Two buckets, since containers may write to one of them only.
# - staging: job files, tables of trainings, results, bundles, logs of endpoints (`staging` of FLYWHEEL_VERTEX)
# - files: reports, profiles and Parquet files beside the tables (FLYWHEEL_FILES), and the artifacts of MLflow
resource "google_storage_bucket" "staging" {
  #checkov:skip=CKV_GCP_62:who read what is told by Data Access audit logs, which are the organisation's to turn on
  name                        = local.staging_bucket
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]
    content {
      default_kms_key_name = encryption.value
    }
  }

  # Manifests are written again and again: what they were is of use for a week.
  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 7
    }
    action {
      type = "Delete"
    }
  }

  # Results of trainings and answers of batches were copied home, and pipelines end within days. Below `endpoints`
  # nothing is ever deleted by age: a champion of two years is read again by every container that starts. Nor are bundles
  # of batches: the list of a bundle's files is believed by who sends it again.
  lifecycle_rule {
    condition {
      age = 90
      matches_prefix = [
        "flywheel/batch/answers/", "flywheel/batch/instances/",
        "flywheel/jobs/", "flywheel/pipelines/", "flywheel/tables/",
      ]
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_storage_bucket" "files" {
  #checkov:skip=CKV_GCP_62:see above
  name                        = local.files_bucket
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]
    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.used]
}
