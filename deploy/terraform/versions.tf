# What Flywheel needs in a project of Google Cloud. docs/guide.md, "A project of Google Cloud", says how it is used.
# State: give a backend of your own in a file beside this one, a bucket say.
terraform {
  required_version = ">= 1.9"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0, < 8.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
  # The API of budgets counts calls against a project, and wants to be told which.
  billing_project       = var.project
  user_project_override = true
  default_labels        = var.labels
}
