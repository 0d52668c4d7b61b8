# Names follow from variables alone, so that outputs are known before anything is made, and tests can ask for them.
locals {
  staging_bucket = "${var.project}-flywheel-staging"
  files_bucket   = "${var.project}-flywheel-files"
  work_dataset   = "${var.dataset}_work"
  datasets       = { for model in var.models : model => "${var.dataset}_${model}" }

  run_account       = "flywheel-run@${var.project}.iam.gserviceaccount.com"
  container_account = "flywheel-container@${var.project}.iam.gserviceaccount.com"

  registry = "${var.region}-docker.pkg.dev/${var.project}/flywheel"
}
