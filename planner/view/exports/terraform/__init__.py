"""What a plan asks to sign, as Terraform of the clouds that sell it: to be reviewed and signed one by one.

`deals` reads the signatures of the plan, each file of `clouds` says what one cloud has for them, `folder` puts them
together. Nothing is bought by applying it as it is: a resource exists once its name is in the variable `signed`.
"""

from planner.view.exports.terraform.folder import terraform_files

__all__ = ["terraform_files"]
