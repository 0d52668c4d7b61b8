resource "google_artifact_registry_repository" "images" {
  repository_id = "flywheel"
  location      = var.region
  format        = "DOCKER"
  description   = "Code location, trainings and endpoints of Flywheel."
  kms_key_name  = var.kms_key

  docker_config {
    # A tag that moved would run what nobody reviewed.
    immutable_tags = true
  }

  cleanup_policies {
    id     = "untagged"
    action = "DELETE"
    condition {
      tag_state  = "UNTAGGED"
      older_than = "2592000s"
    }
  }

  # Deployments name digests: what was built lately stays, whatever its tags.
  cleanup_policies {
    id     = "newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }

  depends_on = [google_project_service.used]
}
