# Of the code location, of runs and of steps of pipelines.
resource "google_service_account" "run" {
  account_id   = "flywheel-run"
  display_name = "Flywheel: runs"
  depends_on   = [google_project_service.used]
}

# Of training and serving containers: nothing but files.
resource "google_service_account" "container" {
  account_id   = "flywheel-container"
  display_name = "Flywheel: trainings and endpoints"
  depends_on   = [google_project_service.used]
}

locals {
  run_roles = [
    "roles/aiplatform.user",
    # To make datasets needs more than to run jobs.
    var.reproduce ? "roles/bigquery.user" : "roles/bigquery.jobUser",
    "roles/bigquery.readSessionUser",
    # Lines of trainings, which appear in the run.
    "roles/logging.viewer",
  ]
}

resource "google_project_iam_member" "run" {
  for_each = toset(local.run_roles)
  project  = var.project
  role     = each.value
  member   = google_service_account.run.member
}

# Whoever starts a container under an account must be allowed to act as it: this one, and no other of the project.
resource "google_service_account_iam_member" "run_acts_as_container" {
  service_account_id = google_service_account.container.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.run.member
}

resource "google_storage_bucket_iam_member" "run" {
  for_each = { staging = google_storage_bucket.staging.name, files = google_storage_bucket.files.name }
  bucket   = each.value
  role     = "roles/storage.objectUser"
  member   = google_service_account.run.member
}

resource "google_storage_bucket_iam_member" "container_staging" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectUser"
  member = google_service_account.container.member
}

# Tables that lie there are read where they are.
resource "google_storage_bucket_iam_member" "container_files" {
  bucket = google_storage_bucket.files.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.container.member
}

# On GKE a pod has the account of its Kubernetes account; no key is made.
resource "google_service_account_iam_member" "gke_is_run" {
  for_each           = var.gke == null ? {} : { gke = var.gke }
  service_account_id = google_service_account.run.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${each.value.project}.svc.id.goog[${each.value.namespace}/${each.value.account}]"
}
