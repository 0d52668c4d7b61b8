# Workflows of GitHub prove who they are by their own tokens: there is no key that could be stolen.
resource "google_iam_workload_identity_pool" "github" {
  count                     = var.github == null ? 0 : 1
  workload_identity_pool_id = "flywheel-github"
  display_name              = "Flywheel: GitHub"
  depends_on                = [google_project_service.used]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  #checkov:skip=CKV_GCP_125:the condition names whole subjects, which the check does not follow through locals
  count                              = var.github == null ? 0 : 1
  workload_identity_pool_id          = google_iam_workload_identity_pool.github[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  # GitHub gives tokens to all the world: but for these two subjects they are no use here.
  attribute_condition = "assertion.sub == '${local.github_subjects.images}' || assertion.sub == '${local.github_subjects.models}'"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

locals {
  # Who may do what: a branch pushes images, an environment (which may ask a person first) asks for runs.
  github_subjects = var.github == null ? {} : {
    images = "repo:${var.github.repository}:ref:refs/heads/${var.github.branch}"
    models = "repo:${var.github.repository}:environment:${var.github.environment}"
  }
}

resource "google_service_account" "github" {
  for_each     = local.github_subjects
  account_id   = "flywheel-github-${each.key}"
  display_name = "Flywheel: workflow of ${each.key}"
  depends_on   = [google_project_service.used]
}

resource "google_service_account_iam_member" "github" {
  for_each           = local.github_subjects
  service_account_id = google_service_account.github[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.github[0].name}/subject/${each.value}"
}

resource "google_artifact_registry_repository_iam_member" "github_pushes" {
  count      = var.github == null ? 0 : 1
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.github["images"].member
}

# To ask is all that the workflow of models may do: the run itself has its own account.
resource "google_pubsub_topic_iam_member" "github_asks" {
  count  = var.github == null || var.dagster == null ? 0 : 1
  topic  = google_pubsub_topic.asked[0].name
  role   = "roles/pubsub.publisher"
  member = google_service_account.github["models"].member
}

output "github" {
  description = "Variables of the repository that the workflows of deploy/ci/github read; empty without one."
  value = var.github == null ? {} : {
    GCP_PROJECT           = var.project
    GCP_IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.github[0].name
    GCP_IMAGES_ACCOUNT    = google_service_account.github["images"].email
    GCP_MODELS_ACCOUNT    = google_service_account.github["models"].email
    GCP_REGISTRY          = local.registry
    GCP_TOPIC             = var.dagster == null ? "" : google_pubsub_topic.asked[0].name
  }
}
